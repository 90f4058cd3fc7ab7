"""People who call identity's RPCs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from google.api.httpbody_pb2 import HttpBody
from google.protobuf.message import Message
from zikao.identity.v1 import candidate_service_pb2 as candidate_api
from zikao.identity.v1 import resources_pb2

from tests.integration.identity import people
from tests.support.wait_until import PATIENCE_SECONDS

Rpcs = Mapping[str, tuple[Any, type[Message]]]
"""By the name of an RPC: the stub that has it, and its request."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who calls identity, from an address, perhaps with a token."""

    rpcs: Rpcs
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
        stub, request = self.rpcs[rpc]
        call = getattr(stub, rpc)(request(**values), timeout=PATIENCE_SECONDS, metadata=self.metadata)
        return await call if hasattr(call, "__await__") else [one async for one in call]

    def stream(self, rpc: str, **values: Any) -> Any:
        """The messages of an RPC by its name, with the request's fields."""
        stub, request = self.rpcs[rpc]
        return aiter(getattr(stub, rpc)(request(**values), timeout=PATIENCE_SECONDS, metadata=self.metadata))

    async def log_in(self, login_name: str, password: str) -> "Caller":
        """The same caller, logged in."""
        tokens = await self("CreateLoginSession", login_name=login_name, password=password)
        return Caller(self.rpcs, tokens, self.source)

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
        return Caller(self.rpcs, made.tokens, self.source)

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
