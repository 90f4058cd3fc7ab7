"""Calls by which staff change something, or look at a person, and the one entry of the audit log that each leaves, with
who, on whom and why (RE-11, ID-19). Which RPCs these are is read off the contracts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from zikao.common.v1 import audit_pb2

from chassis.audit_log.notes import AuditNote
from chassis.postgres.database import Database
from chassis.rpc.client import Peer
from chassis.rpc.service_descriptors import services_of
from tests.support.audit_notes import audit_notes
from tests.support.credentials import Metadata
from tests.support.wait_until import PATIENCE_SECONDS

REASONS: Final = ("note", "reason")
"""The fields of a request in which somebody says why; what is typed comes before a code."""


def recorded_rpcs(service: str) -> Mapping[str, MethodDescriptor]:
    """The RPCs of a service that leave an entry, by name."""
    return {
        method.name: method
        for contract in services_of(service)
        for method in contract.methods
        if method.GetOptions().Extensions[audit_pb2.recorded_as]
    }


class Caller(Protocol):
    """Somebody who calls a service's RPCs by name."""

    @property
    def subject_id(self) -> str: ...

    async def __call__(self, rpc: str, **values: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Staff with a login session, at a service."""

    peer: Peer
    rpcs: Mapping[str, MethodDescriptor]
    token: Metadata
    subject_id: str

    async def __call__(self, rpc: str, **values: Any) -> Any:
        """Calls an RPC by its name, with the request's fields; of a stream, all that it says. Raises RemoteRefusal."""
        method = self.rpcs[rpc]
        request, answer = map(message_factory.GetMessageClass, (method.input_type, method.output_type))
        make: Any = self.peer.unary_stream if method.server_streaming else self.peer.unary_unary
        path = f"/{method.containing_service.full_name}/{method.name}"
        call = make(path, request_serializer=request.SerializeToString, response_deserializer=answer.FromString)
        asked = call(request(**values), metadata=self.token, timeout=PATIENCE_SECONDS)
        return [one async for one in asked] if method.server_streaming else await asked


@dataclass(frozen=True, slots=True)
class Act:
    """A call that is ready to be made, and to what and on whom it is done."""

    caller: Caller
    object_id: str
    values: dict[str, Any] = field(default_factory=dict)
    candidate_id: str = ""

    @property
    def reason(self) -> str:
        """Why, as typed."""
        return next((self.values[name] for name in REASONS if name in self.values), "")


async def answer_and_note(db: Database, rpc: str, act: Act) -> tuple[Any, AuditNote]:
    """Makes the call: what was answered, and the one entry that it left. Fails where there is none, or a second."""
    before = len(await audit_notes(db))
    answer = await act.caller(rpc, **act.values)
    [note] = (await audit_notes(db))[before:]
    return answer, note


def check_note(note: AuditNote, method: MethodDescriptor, act: Act, object_id: str = "") -> None:
    """Whether the entry says what the contract does, and who did it to what, on whom and why; to `object_id` where the
    act has made that.
    """
    action = audit_pb2.AuditAction.Name(method.GetOptions().Extensions[audit_pb2.recorded_as])
    assert (note.action.value, note.actor.actor_id) == (action, act.caller.subject_id)
    assert note.actor.role in ("OPERATOR", "REVIEWER")
    assert (note.object_id, note.candidate_id) == (act.object_id or object_id, act.candidate_id)
    assert note.reason == act.reason
