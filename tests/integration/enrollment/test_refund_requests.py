"""Asking for a fee back, on a real PostgreSQL: once per course, decided once, the money on its way once (PA-14)."""

from datetime import timedelta

import pytest

from chassis.audit_log.notes import AuditAction
from chassis.errors import NotFound
from chassis.ids import new_id
from chassis.security.tokens import Access, Principal
from services.enrollment.domain.refund_requests import RefundRequestState
from services.enrollment.domain.selections import SelectionState
from services.enrollment.errors import RefundRequestDecided, RefundRequestsClosed
from services.enrollment.usecases import checkouts, refund_requests
from tests.integration.enrollment.stand_ins import ANCIENT_LITERATURE_1, SESSION, refusals, select
from tests.integration.enrollment.test_order_outcomes import deliver, noted, only, paid, refunded
from tests.support.audit_notes import audit_notes
from tests.support.refusals import race

APPROVED, REFUSED = RefundRequestState.APPROVED, RefundRequestState.REFUSED
CREATE_REFUND = "payment.CreateRefund"

AS_MANY = """
WITH more AS (
  INSERT INTO selections (selection_id, candidate_id, registration_id, session_id, course_code, course_kind, state,
    fee_fen, order_id, void_reason, create_time, update_time)
  SELECT gen_random_uuid(), candidate_id, registration_id, session_id, course_code, course_kind, 'VOID', fee_fen,
    order_id, 'REMOVED', create_time, update_time
  FROM selections, generate_series(1, 4) WHERE selection_id = $1::uuid
  RETURNING selection_id)
INSERT INTO refund_requests (selection_id, candidate_id, session_id, order_id, course_code, fee_fen, reason, state,
  create_time, decide_time, decided_by)
SELECT more.selection_id, candidate_id, session_id, order_id, course_code, fee_fen, reason, 'APPROVED', create_time,
  create_time, 'an operator'
FROM more, refund_requests r WHERE r.selection_id = $1::uuid
"""
"""Four more requests of the same person, decided already."""


@pytest.fixture
async def allowed(deps, clock):
    """The session takes requests, for the length of a test."""
    until = clock.now() + timedelta(days=30)
    await refund_requests.set_refund_request_deadline(deps, SESSION, until)
    yield until
    await refund_requests.set_refund_request_deadline(deps, SESSION, None)


@pytest.fixture
async def order(candidate, deps, receiver):
    """A paid order of one course."""
    await select(candidate, ANCIENT_LITERATURE_1, deps)
    checkout = (await checkouts.check_out(deps, candidate.candidate_id, SESSION, new_id())).checkout
    await deliver(receiver, paid(checkout))
    return checkout


async def ask(deps, order, why: str = "与工作冲突"):
    return await refund_requests.request_refund(deps, order.candidate_id, order.selection_ids[0], why)


async def decide(deps, order, decision: RefundRequestState, note: str = "已核实"):
    return await refund_requests.decide_refund_request(deps, order.selection_ids[0], decision, note, "operator-1")


async def test_where_the_session_says_nothing_nobody_may_ask(deps, order) -> None:  # PA-14
    with pytest.raises(RefundRequestsClosed):
        await ask(deps, order)


async def test_the_deadline_is_kept_and_noted(deps, db, allowed) -> None:  # PA-14, RE-11
    assert (await deps.catalogue_cache.latest()).sessions[SESSION].refund_request_deadline == allowed
    last = (await audit_notes(db, object_id=SESSION))[-1]
    assert (last.action, last.facts["deadline"]) == (AuditAction.REFUND_REQUESTS_ALLOWED, allowed.isoformat())


async def test_a_course_is_asked_for_once_however_often(deps, make_deps, order, allowed) -> None:  # PA-14, F-10
    answers = await race(*(ask(make_deps(), order, f"reason {number}") for number in range(5)))
    assert len({answer.reason for answer in answers}) == 1
    held = await refund_requests.list_refund_requests(deps, order.candidate_id, None, None, 10)
    assert [(one.selection_id, one.state) for one in held] == [(order.selection_ids[0], RefundRequestState.WAITING)]
    assert (await only(order, deps)).state is SelectionState.EFFECTIVE, "until the money goes back it counts"


async def test_anothers_course_does_not_exist(deps, order, allowed) -> None:  # PA-14
    with pytest.raises(NotFound):
        await refund_requests.request_refund(deps, new_id(), order.selection_ids[0], "why")


async def test_what_is_approved_goes_back_once_and_then_ends(
    deps, make_deps, db, receiver, order, allowed
) -> None:  # PA-14, PA-12, invariant 2
    await ask(deps, order)
    await race(*(decide(make_deps(), order, APPROVED) for _ in range(5)))
    assert await noted(db, CREATE_REFUND, order.order_id) == 1
    notes = await audit_notes(db, candidate_id=order.candidate_id)
    assert [note.action for note in notes] == [AuditAction.REFUND_REQUEST_DECIDED]
    await deliver(receiver, refunded(order))
    assert (await only(order, deps)).state is SelectionState.VOID


async def test_of_two_different_decisions_at_once_one_stands(deps, make_deps, db, order, allowed) -> None:  # PA-14
    await ask(deps, order)
    outcome = await race(decide(make_deps(), order, APPROVED), decide(make_deps(), order, REFUSED))
    assert refusals(outcome) == [RefundRequestDecided]
    state = (await deps.refund_requests.find_refund_request(order.selection_ids[0])).state
    assert await noted(db, CREATE_REFUND, order.order_id) == (state is APPROVED)


async def test_an_operators_look_at_requests_is_an_entry_for_everybody_shown(deps, db, order, allowed) -> None:
    # PA-14, ID-19
    await ask(deps, order)
    operator = Principal(Access.OPERATOR, new_id())
    shown = await refund_requests.list_refund_requests(deps, "", RefundRequestState.WAITING, None, 10)
    await refund_requests.note_look(deps, shown, operator)
    assert order.selection_ids[0] in {one.selection_id for one in shown}
    notes = await audit_notes(db, candidate_id=order.candidate_id)
    assert [note.action for note in notes] == [AuditAction.REFUND_REQUESTS_VIEWED]


async def test_requests_come_page_by_page_those_that_wait_first(deps, db, order, allowed) -> None:  # PA-14
    await ask(deps, order)
    assert (await db.driver.execute(AS_MANY, order.selection_ids[0])).endswith(" 4")
    listed, after = [], None
    while page := await refund_requests.list_refund_requests(deps, order.candidate_id, None, after, 2):
        assert len(page) <= 2
        listed += page
        after = page[-1].position
    assert len({one.selection_id for one in listed}) == 5
    assert [one.position for one in listed] == sorted((one.position for one in listed), reverse=True)
    assert listed[0].state is RefundRequestState.WAITING
