"""Review as it runs: a real server on a real PostgreSQL, images in a real folder, and somebody who hears decisions."""

import io
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.api.httpbody_pb2 import HttpBody
from PIL import Image, ImageDraw
from zikao.common.v1 import event_pb2, event_pb2_grpc
from zikao.review.v1 import events_pb2, resources_pb2, review_service_pb2_grpc
from zikao.review.v1 import review_service_pb2 as pb

from chassis.clock import ManualClock
from chassis.config import DatabaseConfig, PeersConfig, ServerConfig
from chassis.ids import new_id
from chassis.media.orphan_images import OrphanImages
from chassis.security.tokens import Access, Principal, Signer, ensure_keys
from chassis.service import Service
from services.review import main
from services.review.config import Config
from services.review.dependencies import Dependencies
from tests.support.wait_until import PATIENCE_SECONDS

SCHOOL = "10269"
LASTING = timedelta(days=30)


class Listener(event_pb2_grpc.EventReceiverServicer):
    """Identity's and enrollment's ear: hears events, and can be deaf for a while."""

    def __init__(self) -> None:
        self.heard: list[event_pb2.Event] = []
        self.deaf = False
        self.forgetful = False

    async def Deliver(self, request: event_pb2.DeliverRequest, context: Any) -> event_pb2.DeliverResponse:  # noqa: N802
        if self.deaf:
            await context.abort(grpc.StatusCode.UNAVAILABLE)
        self.heard.extend(request.events)
        if self.forgetful:
            await context.abort(grpc.StatusCode.DEADLINE_EXCEEDED)
        return event_pb2.DeliverResponse(accepted_event_ids=[event.event_id for event in request.events])

    def decisions(self, case_id: str) -> list[events_pb2.CaseDecided]:
        """What was heard about a case, each delivery counted."""
        found = []
        for event in self.heard:
            if event.aggregate_id == case_id:
                message = events_pb2.CaseDecided()
                event.payload.Unpack(message)
                found.append(message)
        return found


@dataclass
class Review:
    """The review service, and everybody who talks to it."""

    service: Service[Dependencies]
    clock: ManualClock
    listener: Listener
    stub: review_service_pb2_grpc.ReviewServiceStub
    signer: Signer

    def orphan_images(self) -> OrphanImages:
        """What removes images that nobody names, to be told to do so."""
        deps = self.service.dependencies
        return OrphanImages(deps.blobs, deps.cases.named_image_keys, self.clock)

    def reviewer(self, organisation: str = SCHOOL, *, reviewer_id: str = "") -> "Person":
        """A reviewer with a login session."""
        return self._person(Principal(Access.REVIEWER, reviewer_id or new_id(), organisation=organisation))

    def candidate(self, candidate_id: str) -> "Person":
        """A candidate with a login session."""
        return self._person(Principal(Access.CANDIDATE, candidate_id))

    @property
    def identity(self) -> "Person":
        """The service that opens cases."""
        token = self.signer.sign_as_service("review", LASTING)
        return Person(self.stub, token, "identity")

    def _person(self, principal: Principal) -> "Person":
        return Person(self.stub, self.signer.sign(principal, LASTING), principal.subject_id)

    @property
    def operator(self) -> "Person":
        """An operator with a login session."""
        return self._person(Principal(Access.OPERATOR, new_id(), organisation="AUTHORITY"))

    async def opened(self, *, kind: str = "IDENTITY_PROOF", organisation: str = SCHOOL) -> resources_pb2.Case:
        """A new case."""
        candidate_id = new_id()
        request = pb.OpenCaseRequest(
            case_id=new_id(),
            kind=kind,
            candidate_id=candidate_id,
            subject_id=candidate_id,
            organisation=organisation,
            display_name="王晓岚",
            masked_document_number="310***********123X",
        )
        return await self.identity.call("OpenCase", request)

    async def submitted(
        self, *, kind: str = "IDENTITY_PROOF", organisation: str = SCHOOL, content: bytes | None = None
    ) -> resources_pb2.Case:
        """A case in the queue with one image."""
        case = await self.opened(kind=kind, organisation=organisation)
        await self.hand_in(case, content)
        return await self.submit(case)

    async def submit(self, case: resources_pb2.Case) -> resources_pb2.Case:
        """What was handed in, into the queue."""
        return await self.candidate(case.candidate_id).call("SubmitCase", pb.SubmitCaseRequest(case_id=case.case_id))

    async def hand_in(
        self, case: resources_pb2.Case, content: bytes | None = None, kind: str = "DOCUMENT_FRONT"
    ) -> resources_pb2.Material:
        """One image of a case; nobody else's unless it is given."""
        body = HttpBody(content_type="image/jpeg", data=content or picture(random.getrandbits(32)))
        request = pb.AddMaterialRequest(case_id=case.case_id, kind=kind, image=body)
        giver = self.identity if kind == "PORTRAIT" else self.candidate(case.candidate_id)
        return await giver.call("AddMaterial", request)


@dataclass(frozen=True)
class Person:
    """Somebody who calls with a token."""

    stub: review_service_pb2_grpc.ReviewServiceStub
    token: str
    person_id: str

    async def call(self, method: str, request: Any) -> Any:
        """Calls and answers; raises AioRpcError."""
        metadata = (("authorization", f"Bearer {self.token}"),)
        return await getattr(self.stub, method)(request, metadata=metadata, timeout=PATIENCE_SECONDS)

    async def claim(self, case_id: str) -> resources_pb2.Case:
        """Claims a case."""
        return await self.call("ClaimCase", pb.ClaimCaseRequest(case_id=case_id))

    async def decide(
        self, case: resources_pb2.Case, verdict: str = "APPROVED", reason: str = "REASON_UNSPECIFIED"
    ) -> resources_pb2.Case:
        """Decides a case as it was read."""
        request = pb.DecideCaseRequest(case_id=case.case_id, verdict=verdict, reason=reason, etag=case.etag)
        return await self.call("DecideCase", request)


def photo(colour: str = "lightblue", size: tuple[int, int] = (640, 480), image_format: str = "JPEG") -> bytes:
    """An image file, with metadata that must not survive where the format has any."""
    written, exif = io.BytesIO(), Image.Exif()
    exif[0x010E] = "taken at home"
    Image.new("RGB", size, colour).save(written, image_format, exif=exif)
    return written.getvalue()


def picture(seed: int, size: tuple[int, int] = (800, 600)) -> bytes:
    """An image with a pattern of its own, as no two photographs are alike."""
    chance = random.Random(seed)
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    for _ in range(40):
        left, top = chance.randrange(size[0]), chance.randrange(size[1])
        box = (left, top, left + chance.randrange(20, 260), top + chance.randrange(20, 260))
        draw.rectangle(box, fill=tuple(chance.randrange(256) for _ in range(3)))
    written = io.BytesIO()
    image.save(written, "JPEG", quality=90)
    return written.getvalue()


@pytest.fixture
async def review(database_url: str, tmp_path: Path, clock: ManualClock) -> AsyncIterator[Review]:
    """The service, a listener, and tokens."""
    async with serving(database_url, tmp_path, clock) as one:
        yield one


@asynccontextmanager
async def serving(
    database_url: str,
    tmp_path: Path,
    clock: ManualClock,
    *,
    listener: Listener | None = None,
    enrollment: Listener | None = None,
    **settings: Any,
) -> AsyncIterator[Review]:
    """The same with settings, and with listeners, of a test's own."""
    keys, listener = tmp_path / "keys", listener or Listener()
    ensure_keys(keys)
    ears = [await _ear(listener), await _ear(enrollment or listener)]
    config = Config(
        server=ServerConfig(),
        database=DatabaseConfig(url=database_url),
        peers=PeersConfig(identity=ears[0].address, enrollment=ears[1].address),
        keys_dir=keys,
        **{"blobs_url": (tmp_path / "blobs").as_uri(), "field_key": "ab" * 32, **settings},
    )
    async with (
        main.review(config, clock) as service,
        service.server.serving() as ports,
        grpc.aio.insecure_channel(f"127.0.0.1:{ports.grpc}") as channel,
    ):
        stub = review_service_pb2_grpc.ReviewServiceStub(channel)
        yield Review(service, clock, listener, stub, Signer.load(keys, "identity", clock))
    for ear in ears:
        await ear.server.stop(None)


@dataclass(frozen=True)
class Ear:
    """Where a listener is reached."""

    server: grpc.aio.Server
    address: str


async def _ear(listener: Listener) -> Ear:
    server = grpc.aio.server()
    event_pb2_grpc.add_EventReceiverServicer_to_server(listener, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    return Ear(server, f"127.0.0.1:{port}")
