"""`AuditService` of any service: its audit log, for operators (RE-7, RE-11), and the looks at a candidate in it, for
that candidate (ID-19).
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from zikao.common.v1 import audit_pb2

from chassis.audit_log.entries import AuditEntry, AuditLog
from chassis.audit_log.notes import AuditFilter
from chassis.call_context import own_candidate_id
from chassis.rpc.message_mapping import instant_in, message_of
from chassis.rpc.paging import Listing


class AuditServicer:
    """Serves the contract of that name of whichever service."""

    def __init__(self, log: AuditLog) -> None:
        self._log = log

    async def ListAuditEntries(  # noqa: N802
        self, request: audit_pb2.ListAuditEntriesRequest, context: object
    ) -> audit_pb2.ListAuditEntriesResponse:
        """A page of the log, oldest first."""
        since, wanted = instant_in(request, "start_time"), AuditFilter(request.object_id, request.candidate_id)
        listing: Listing[AuditEntry] = Listing(
            (int,),
            lambda entry: (entry.number,),
            usual_size=100,
            largest_size=1000,
        )
        page = await listing.page(request, partial(self._entries_after, wanted, since))
        return audit_pb2.ListAuditEntriesResponse(
            entries=[entry_message(entry) for entry in page.items], next_page_token=page.next_page_token
        )

    async def ListLooks(  # noqa: N802
        self, request: audit_pb2.ListLooksRequest, context: object
    ) -> audit_pb2.ListLooksResponse:
        """A page of the looks at whoever calls, newest first."""
        candidate_id = own_candidate_id(request.candidate_id)
        listing: Listing[AuditEntry] = Listing(
            (int,),
            lambda entry: (entry.number,),
            usual_size=100,
            largest_size=1000,
        )
        page = await listing.page(request, partial(self._looks_before, candidate_id))
        return audit_pb2.ListLooksResponse(
            looks=[look_message(entry) for entry in page.items], next_page_token=page.next_page_token
        )

    async def _looks_before(self, candidate_id: str, after: tuple[int] | None, size: int) -> Sequence[AuditEntry]:
        return await self._log.list_looks(candidate_id, before=after[0] if after else None, size=size)

    async def _entries_after(
        self, wanted: AuditFilter, since: datetime | None, after: tuple[int] | None, size: int
    ) -> Sequence[AuditEntry]:
        number = after[0] if after else 0
        return await self._log.list_entries(wanted, since=since, after=number, size=size)


def look_message(entry: AuditEntry) -> audit_pb2.Look:
    """A look as the candidate reads it: by whom only as far as role and organisation go."""
    note = entry.note
    return message_of(
        audit_pb2.Look,
        note,
        create_time=entry.create_time,
        actor_role=note.actor.role,
        organisation=note.actor.organisation,
        case_id=note.object_id if note.object_kind == "case" else "",
    )


def entry_message(entry: AuditEntry) -> audit_pb2.AuditEntry:
    """An entry on the wire."""
    actor = entry.note.actor
    return message_of(
        audit_pb2.AuditEntry,
        entry.note,
        number=entry.number,
        create_time=entry.create_time,
        actor_id=actor.actor_id,
        actor_role=actor.role,
        organisation=actor.organisation,
        facts=dict(entry.note.facts),
        reason_salt=entry.reason_salt.hex(),
        reason_digest=entry.reason_digest.hex(),
        hash=entry.hash.hex(),
    )
