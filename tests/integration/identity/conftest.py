"""Identity as it runs: a real server on a real PostgreSQL, with neighbours that remember what they hear."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from google.api.httpbody_pb2 import HttpBody
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import Message
from zikao.common.v1 import event_pb2, event_pb2_grpc
from zikao.identity.v1 import candidate_service_pb2 as candidate_api
from zikao.identity.v1 import case_candidate_service_pb2 as case_candidate_api
from zikao.identity.v1 import correction_service_pb2 as correction_api
from zikao.identity.v1 import login_service_pb2 as login_api
from zikao.identity.v1 import resources_pb2
from zikao.identity.v1 import staff_service_pb2 as staff_api
from zikao.identity.v1.candidate_service_pb2_grpc import CandidateServiceStub
from zikao.identity.v1.case_candidate_service_pb2_grpc import CaseCandidateServiceStub
from zikao.identity.v1.correction_service_pb2_grpc import CorrectionServiceStub
from zikao.identity.v1.login_service_pb2_grpc import LoginServiceStub
from zikao.identity.v1.staff_service_pb2_grpc import StaffServiceStub
from zikao.identity.v1.standing_service_pb2_grpc import StandingServiceStub

from chassis.clock import ManualClock
from chassis.config import DatabaseConfig, PeersConfig
from chassis.ids import new_id
from chassis.rpc.channel import FreshChannel
from chassis.rpc.client import Peer, ServiceTokens
from chassis.security.tokens import Access, Principal, Signer, ensure_keys
from services.identity.config import Config, IdentityServer
from services.identity.main import identity
from tests.integration.identity import people
from tests.integration.identity.outside import Neighbours, Outside
from tests.support.wait_until import PATIENCE_SECONDS

OPERATOR, OPERATOR_INITIAL, OPERATOR_PASSWORD = "operator", "Initial-1", "Operator-1"


@pytest.fixture(scope="session")
def keys_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    keys = tmp_path_factory.mktemp("keys")
    ensure_keys(keys)
    return keys


@pytest.fixture(scope="module")
def secret_keys() -> dict[str, str]:
    """The keys that go with the module's database."""
    return {"field_key": secrets.token_hex(32), "index_key": secrets.token_hex(32)}


@pytest.fixture
async def outside() -> Outside:
    return Outside()


@pytest.fixture
async def neighbours() -> Neighbours:
    return Neighbours()


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who calls identity, from an address, perhaps with a token."""

    world: "World"
    tokens: resources_pb2.Tokens | None = None
    source: str = "192.0.2.1"

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """What goes along with each call."""
        proof = (("authorization", f"Bearer {self.tokens.access_token}"),) if self.tokens else ()
        return (*proof, ("x-forwarded-for", self.source), ("x-user-agent", "a test"))

    @property
    def subject_id(self) -> str:
        """Who the caller is."""
        assert self.tokens is not None
        return self.tokens.subject_id

    @property
    def candidate_id(self) -> str:
        """The same, of a candidate."""
        return self.subject_id

    async def __call__(self, rpc: str, **values: Any) -> Any:
        """Calls an RPC by its name, with the request's fields."""
        stub, request = self.world.rpcs[rpc]
        return await getattr(stub, rpc)(request(**values), timeout=PATIENCE_SECONDS, metadata=self.metadata)

    async def log_in(self, login_name: str, password: str) -> "Caller":
        """The same caller, logged in."""
        tokens = await self("CreateLoginSession", login_name=login_name, password=password)
        return Caller(self.world, tokens, self.source)

    async def register(self, number: str | None = None, **values: Any) -> "Caller":
        """The same caller with an account."""
        asked = {
            "document_type": "RESIDENT_CARD",
            "document_number": number or people.resident_number(),
            "display_name": people.name(),
            "password": people.PASSWORD,
            "school_code": people.SCHOOL,
        }
        made = await self("CreateCandidate", **{**asked, **values})
        return Caller(self.world, made.tokens, self.source)

    async def account(self) -> resources_pb2.Candidate:
        """The caller's account."""
        answer: resources_pb2.Candidate = await self("GetCandidate", candidate_id="me")
        return answer

    async def upload(self, photo: people.Photo | None = None) -> resources_pb2.Candidate:
        """Uploads a portrait."""
        image = (photo or people.Photo()).take()
        body = HttpBody(content_type="image/jpeg", data=image)
        answer: resources_pb2.Candidate = await self("UploadPortrait", candidate_id="me", portrait=body)
        return answer

    async def check(self, **values: Any) -> candidate_api.VerifyIdentityResponse:
        """Asks for the identity check."""
        answer: candidate_api.VerifyIdentityResponse = await self("VerifyIdentity", candidate_id="me", **values)
        return answer


@dataclass
class World:
    """The running service, and everybody who talks to it."""

    config: Config
    clock: ManualClock
    outside: Outside
    neighbours: Neighbours
    peer: Peer
    rpcs: dict[str, tuple[Any, type[Message]]] = field(init=False)

    def __post_init__(self) -> None:
        services = (
            (CandidateServiceStub(self.peer), candidate_api.DESCRIPTOR, candidate_api),
            (CaseCandidateServiceStub(self.peer), case_candidate_api.DESCRIPTOR, case_candidate_api),
            (CorrectionServiceStub(self.peer), correction_api.DESCRIPTOR, correction_api),
            (LoginServiceStub(self.peer), login_api.DESCRIPTOR, login_api),
            (StaffServiceStub(self.peer), staff_api.DESCRIPTOR, staff_api),
        )
        self.rpcs = {
            method.name: (stub, getattr(module, method.input_type.name))
            for stub, file, module in services
            for service in file.services_by_name.values()
            for method in service.methods
        }

    @property
    def visitor(self) -> Caller:
        """Somebody without an account yet."""
        return Caller(self)

    def from_address(self, source: str) -> Caller:
        """Somebody at another network address."""
        return Caller(self, source=source)

    async def operator(self) -> Caller:
        """The first operator, whose initial password has been changed."""
        visitor = Caller(self, source=f"10.0.0.{people.CHANCE.randrange(256)}")
        try:
            return await visitor.log_in(OPERATOR, OPERATOR_PASSWORD)
        except Exception:
            first = await visitor.log_in(OPERATOR, OPERATOR_INITIAL)
            tokens = await first(
                "ChangePassword", subject_id="me", old_password=OPERATOR_INITIAL, new_password=OPERATOR_PASSWORD
            )
            return Caller(self, tokens, visitor.source)

    def reviewer(self, organisation: str = people.SCHOOL) -> Caller:
        """A reviewer with a login session."""
        principal = Principal(Access.REVIEWER, new_id(), organisation=organisation)
        token = Signer.load(self.config.keys_dir, "identity", self.clock).sign(principal, timedelta(minutes=15))
        return Caller(self, resources_pb2.Tokens(access_token=token, subject_id=principal.subject_id))

    def as_service(self, name: str) -> tuple[tuple[str, str], ...]:
        """The metadata of another service's call."""
        signer = Signer.load(self.config.keys_dir, name, self.clock)
        return (("authorization", ServiceTokens(signer, "identity", self.clock).header()),)

    async def standing(self, candidate_id: str) -> resources_pb2.Standing:
        """What enrollment is told when it asks."""
        from zikao.identity.v1.standing_service_pb2 import GetStandingRequest

        stub = StandingServiceStub(self.peer)
        answer: resources_pb2.Standing = await stub.GetStanding(
            GetStandingRequest(candidate_id=candidate_id), metadata=self.as_service("enrollment")
        )
        return answer

    async def deliver(self, message: Message, *, event_id: str = "", sender: str = "review") -> list[str]:
        """Delivers an event; the ids accepted."""
        payload = AnyMessage()
        payload.Pack(message)
        event = event_pb2.Event(event_id=event_id or new_id(), aggregate_id=new_id(), payload=payload)
        event.create_time.FromDatetime(self.clock.now())
        stub = event_pb2_grpc.EventReceiverStub(self.peer)
        request = event_pb2.DeliverRequest(events=[event])
        answer = await stub.Deliver(request, metadata=self.as_service(sender))
        return list(answer.accepted_event_ids)


@pytest.fixture
def config(
    request: pytest.FixtureRequest, database_url: str, keys_dir: Path, secret_keys: dict[str, str], tmp_path: Path
) -> Config:
    """The service's settings, some of which a test may be parametrised with."""
    settings = Config(
        server=IdentityServer(port=0, admin_port=0, grace_seconds=1),
        database=DatabaseConfig(url=database_url),
        keys_dir=keys_dir,
        blobs_url=(tmp_path / "portraits").as_uri(),
        bootstrap_operator_login=OPERATOR,
        bootstrap_operator_password=OPERATOR_INITIAL,
        register_seconds=PATIENCE_SECONDS,
        messages_seconds=PATIENCE_SECONDS,
        **secret_keys,
    )
    return settings.model_copy(update=getattr(request, "param", {}))


@pytest.fixture
async def world(config: Config, clock: ManualClock, outside: Outside, neighbours: Neighbours) -> AsyncIterator[World]:
    """Identity, served."""
    async with served(config, clock, outside, neighbours) as one:
        yield one


@asynccontextmanager
async def served(config: Config, clock: ManualClock, outside: Outside, neighbours: Neighbours) -> AsyncIterator[World]:
    """Identity with this configuration, for the length of a block."""
    async with outside.serving() as url, neighbours.serving() as address:
        peers = PeersConfig(review=address, enrollment=address)
        wired = config.model_copy(update={"sandbox_url": url, "peers": peers})
        async with identity(wired, clock) as service, service.server.serving() as ports:
            delivering = asyncio.create_task(service.relay.run())
            channel = FreshChannel(f"127.0.0.1:{ports.grpc}", [], None)
            yield World(wired, clock, outside, neighbours, Peer("identity", channel, None))
            delivering.cancel()
            await asyncio.gather(delivering, return_exceptions=True)
            await channel.close()
