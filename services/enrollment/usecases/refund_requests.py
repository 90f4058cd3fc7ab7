"""Asking for a fee back, reading what became of it, deciding (PA-14)."""

from collections.abc import Sequence
from datetime import datetime

from chassis.audit_log.notes import AuditAction, AuditNote
from chassis.errors import must_exist
from chassis.optimistic_retry import until_applied
from chassis.security.tokens import Access, Principal
from services.enrollment.dependencies import Dependencies
from services.enrollment.domain.catalogue import ExamSession
from services.enrollment.domain.catalogue_lookups import session_of
from services.enrollment.domain.refund_requests import (
    RefundRequest,
    RefundRequestState,
    decided,
    refund_requested,
    with_refund_requests_until,
)
from services.enrollment.domain.window_operations import ShownSession
from services.enrollment.usecases.administration.session_windows import change_session


async def set_refund_request_deadline(deps: Dependencies, session_id: str, deadline: datetime | None) -> ShownSession:
    """Says until when candidates may ask, or that they may not. Raises NotFound, SessionEnded, Contention."""

    def change(session: ExamSession, now: datetime) -> ExamSession:
        return with_refund_requests_until(session, deadline, at=now)

    facts = {"deadline": deadline.isoformat() if deadline else ""}
    note = AuditNote(AuditAction.REFUND_REQUESTS_ALLOWED, "session", session_id, facts=facts)
    return await change_session(deps, session_id, change, deps.catalogue.save_session, note)


async def request_refund(deps: Dependencies, candidate_id: str, selection_id: str, reason: str) -> RefundRequest:
    """Asks for a fee back; what was asked for is answered as it stands. Raises NotFound, RefundRequestsClosed,
    SelectionNotRefundable, Contention.
    """
    held = must_exist(await deps.selections.get_selection(candidate_id, selection_id))
    catalogue = await deps.catalogue_cache.latest()

    async def attempt() -> RefundRequest | None:
        if known := await deps.refund_requests.find_refund_request(selection_id):
            return known
        wanted = refund_requested(held, session_of(catalogue, held.session_id), reason, at=deps.clock.now())
        async with deps.transactions.begin() as transaction:
            return wanted if await transaction.add_refund_request(wanted) else None

    return await until_applied(attempt)


async def list_refund_requests(
    deps: Dependencies,
    candidate_id: str,
    state: RefundRequestState | None,
    after: tuple[int, datetime, str] | None,
    size: int,
) -> Sequence[RefundRequest]:
    """A candidate's own, or for operators anybody's."""
    return await deps.refund_requests.list_refund_requests(candidate_id, state, after, size)


async def note_look(deps: Dependencies, found: Sequence[RefundRequest], reader: Principal) -> None:
    """An operator's look is noted for every candidate shown (ID-19)."""
    if reader.kind is Access.OPERATOR:
        for seen in sorted({request.candidate_id for request in found}):
            await deps.audit_log.add_entry(AuditNote(AuditAction.REFUND_REQUESTS_VIEWED, "candidate", seen, seen))


async def decide_refund_request(
    deps: Dependencies, selection_id: str, decision: RefundRequestState, note: str, operator_id: str
) -> RefundRequest:
    """What an operator makes of it; approved, the money goes back the way of every refund (PA-12).

    Raises NotFound, RefundRefusalUnexplained, RefundRequestDecided, Contention.
    """

    async def attempt() -> RefundRequest | None:
        known = must_exist(await deps.refund_requests.find_refund_request(selection_id))
        wanted = decided(known, decision, note, operator_id, at=deps.clock.now())
        if wanted is known:
            return known
        async with deps.transactions.begin() as transaction:
            if not await transaction.decide_refund_request(wanted):
                return None
            if wanted.state is RefundRequestState.APPROVED:
                await transaction.note_requested_refund(wanted.order_id, wanted.selection_id)
            facts = {"order_id": wanted.order_id, "decision": wanted.state.value}
            whom = "selection", selection_id, wanted.candidate_id
            await transaction.add_audit_entry(AuditNote(AuditAction.REFUND_REQUEST_DECIDED, *whom, note, facts))
        return wanted

    return await until_applied(attempt)
