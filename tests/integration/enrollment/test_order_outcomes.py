"""What follows from an order's fate and a review's decision, once each (EN-8, EN-9, PA-6, ID-9, F-13)."""

import asyncio
from datetime import UTC, datetime

import pytest
from google.protobuf.any_pb2 import Any
from google.protobuf.timestamp_pb2 import Timestamp
from zikao.common.v1 import event_pb2
from zikao.identity.v1 import events_pb2 as identity_events
from zikao.identity.v1 import resources_pb2 as identity_pb2
from zikao.payment.v1 import events_pb2 as payment_events
from zikao.payment.v1.payment_service_pb2 import SettleLateMoneyRequest
from zikao.review.v1 import events_pb2 as review_events
from zikao.review.v1 import resources_pb2 as review_pb2

from chassis.events.receiver import EventReceiver
from chassis.ids import new_id
from services.enrollment.domain.imports.enrolled_import import EnrolledRow
from services.enrollment.domain.registrations import IdentityState, ProofState, Standing
from services.enrollment.domain.selections import SelectionState, VoidReason
from services.enrollment.usecases import checkouts, registrations
from services.enrollment.usecases.administration import enrolled_import
from tests.integration.enrollment.stand_ins import (
    ANCIENT_LITERATURE_1,
    CHINESE,
    NORMAL_UNIVERSITY,
    SESSION,
    passes,
    select,
)
from tests.support.event_delivery import deliver_to

NURSING = ("10246", "101101")
MOMENT = Timestamp(seconds=int(datetime(2026, 9, 1, tzinfo=UTC).timestamp()))


def event(aggregate_id: str, message, event_id: str = "") -> event_pb2.Event:
    payload = Any()
    payload.Pack(message)
    return event_pb2.Event(
        event_id=event_id or new_id(), aggregate_id=aggregate_id, payload=payload, create_time=MOMENT
    )


async def deliver(receiver: EventReceiver, *events: event_pb2.Event) -> set[str]:
    return set(await deliver_to(receiver, *events))


@pytest.fixture
async def reserved(candidate, deps):
    """A checkout of one course."""
    await select(candidate, ANCIENT_LITERATURE_1, deps)
    done = await checkouts.check_out(deps, candidate.candidate_id, SESSION, new_id())
    return done.checkout


def paid(checkout, *, event_id: str = "") -> event_pb2.Event:
    message = payment_events.OrderPaid(
        order_id=checkout.order_id,
        candidate_id=checkout.candidate_id,
        session_id=SESSION,
        paid_time=MOMENT,
        amount_fen=checkout.total_fen,
        item_ids=checkout.selection_ids,
    )
    return event(checkout.order_id, message, event_id)


def ended(checkout) -> event_pb2.Event:
    message = payment_events.OrderEndedUnpaid(
        order_id=checkout.order_id,
        candidate_id=checkout.candidate_id,
        session_id=SESSION,
        outcome=payment_events.OrderEndedUnpaid.EXPIRED,
        end_time=MOMENT,
    )
    return event(checkout.order_id, message)


def paid_late(checkout) -> event_pb2.Event:
    message = payment_events.LateMoneyArrived(
        order_id=checkout.order_id,
        candidate_id=checkout.candidate_id,
        session_id=SESSION,
        paid_time=MOMENT,
        amount_fen=checkout.total_fen,
        item_ids=checkout.selection_ids,
    )
    return event(checkout.order_id, message)


def refunded(checkout) -> event_pb2.Event:
    message = payment_events.OrderRefunded(
        order_id=checkout.order_id,
        candidate_id=checkout.candidate_id,
        session_id=SESSION,
        refund_id=new_id(),
        item_ids=checkout.selection_ids,
        amount_fen=checkout.total_fen,
        refund_time=MOMENT,
    )
    return event(checkout.order_id, message)


async def only(checkout, deps):
    return await deps.selections.get_selection(checkout.candidate_id, checkout.selection_ids[0])


async def noted(db, destination: str, aggregate_id: str) -> int:
    return await db.driver.fetchval(
        "SELECT count(*) FROM outbox WHERE destination = $1 AND aggregate_id = $2", destination, aggregate_id
    )


async def test_what_is_paid_counts(receiver, reserved, deps) -> None:  # EN-8
    assert len(await deliver(receiver, paid(reserved))) == 1
    assert (await only(reserved, deps)).state is SelectionState.EFFECTIVE


async def test_an_event_delivered_many_times_at_once_takes_effect_once(receiver, reserved, deps, db) -> None:  # F-13
    again = paid(reserved, event_id=new_id())
    accepted = await asyncio.gather(*(deliver(receiver, again) for _ in range(10)))
    assert all(each == {again.event_id} for each in accepted)
    assert (await only(reserved, deps)).state is SelectionState.EFFECTIVE
    assert await noted(db, "payment.CreateRefund", reserved.order_id) == 0


async def test_an_order_that_ended_gives_its_courses_back(receiver, reserved, deps) -> None:  # EN-9
    await deliver(receiver, ended(reserved))
    after = await only(reserved, deps)
    assert (after.state, after.order_id) == (SelectionState.DRAFT, "")


async def test_an_order_that_ended_after_the_close_leaves_void_courses(receiver, reserved, deps, clock) -> None:
    # EN-8, F-15
    session = (await deps.catalogue_cache.latest()).sessions[SESSION]
    clock.advance(session.registration_end - clock.now())
    await deliver(receiver, ended(reserved))
    after = await only(reserved, deps)
    assert (after.state, after.void_reason) == (SelectionState.VOID, VoidReason.WINDOW_CLOSED)


async def test_money_for_a_course_that_is_void_goes_back(receiver, reserved, deps, clock, db) -> None:  # PA-6, F-7
    session = (await deps.catalogue_cache.latest()).sessions[SESSION]
    clock.advance(session.registration_end - clock.now())
    await deliver(receiver, ended(reserved))
    await deliver(receiver, paid(reserved))
    assert (await only(reserved, deps)).state is SelectionState.VOID
    assert await noted(db, "payment.CreateRefund", reserved.order_id) == 1


async def test_orders_paid_together_count_each_by_what_it_holds(
    receiver, reserved, ready_candidate, deps, clock, db
) -> None:  # EN-8, PA-6
    other = await ready_candidate()
    await select(other, ANCIENT_LITERATURE_1, deps)
    void = (await checkouts.check_out(deps, other.candidate_id, SESSION, new_id())).checkout
    session = (await deps.catalogue_cache.latest()).sessions[SESSION]
    clock.advance(session.registration_end - clock.now())
    await deliver(receiver, ended(void))
    assert len(await deliver(receiver, paid(reserved), paid(void))) == 2
    assert (await only(reserved, deps)).state is SelectionState.EFFECTIVE
    assert (await only(void, deps)).state is SelectionState.VOID
    asked = [await noted(db, "payment.CreateRefund", checkout.order_id) for checkout in (reserved, void)]
    assert asked == [0, 1]


async def test_late_money_is_attached_while_its_courses_are_held(receiver, reserved, deps, db) -> None:  # PA-6, F-7
    await deliver(receiver, ended(reserved))
    await deliver(receiver, paid_late(reserved))
    assert await noted(db, "payment.SettleLateMoney", reserved.order_id) == 1
    await deliver(receiver, paid(reserved))
    assert (await only(reserved, deps)).state is SelectionState.EFFECTIVE


async def test_late_money_for_courses_promised_to_another_order_goes_back(
    receiver, reserved, candidate, deps, db
) -> None:  # PA-6, F-7
    await deliver(receiver, ended(reserved))
    newer = await checkouts.check_out(deps, candidate.candidate_id, SESSION, new_id())
    await deliver(receiver, paid_late(reserved))
    assert (await only(reserved, deps)).order_id == newer.checkout.order_id
    decision = await db.driver.fetchval(
        "SELECT payload FROM outbox WHERE destination = 'payment.SettleLateMoney' AND aggregate_id = $1",
        reserved.order_id,
    )
    assert SettleLateMoneyRequest.FromString(decision).decision == SettleLateMoneyRequest.REFUND


async def test_what_is_refunded_does_not_count(receiver, reserved, deps) -> None:  # invariant 2
    await deliver(receiver, paid(reserved))
    await deliver(receiver, refunded(reserved))
    after = await only(reserved, deps)
    assert (after.state, after.void_reason) == (SelectionState.VOID, VoidReason.REFUNDED)


def standing_changed(candidate_id: str, version: int, state) -> event_pb2.Event:
    standing = identity_pb2.Standing(
        candidate_id=candidate_id,
        version=version,
        document_type=identity_pb2.RESIDENT_CARD,
        details_confirmed=True,
        phone_verified=True,
        identity_state=state,
    )
    return event(candidate_id, identity_events.StandingChanged(standing=standing))


async def ticket_number(candidate_id: str, deps) -> str:
    (registration,) = await deps.registrations.list_registrations(candidate_id)
    return registration.ticket_number


async def test_a_verified_person_gets_a_ticket_number_once_and_identity_hears_of_it(receiver, deps, db) -> None:
    # ID-9
    candidate_id = new_id()
    await registrations.register_for_major(deps, candidate_id, NORMAL_UNIVERSITY, CHINESE, "1")
    await deliver(receiver, standing_changed(candidate_id, 1, identity_pb2.PENDING))
    assert await ticket_number(candidate_id, deps) == ""
    verified = [standing_changed(candidate_id, version, identity_pb2.VERIFIED) for version in (2, 3)]
    await asyncio.gather(*(deliver(receiver, each) for each in verified))
    assert await ticket_number(candidate_id, deps) != ""
    assert await noted(db, "identity", candidate_id) == 1


async def test_an_older_standing_never_replaces_a_newer_one(receiver, deps) -> None:
    candidate_id = new_id()
    await deliver(receiver, standing_changed(candidate_id, 7, identity_pb2.VERIFIED))
    await deliver(receiver, standing_changed(candidate_id, 6, identity_pb2.PENDING))
    facts = await deps.candidate_sessions.get_facts(candidate_id, SESSION)
    assert (facts.standing.version, facts.standing.identity_state) == (7, IdentityState.VERIFIED)


async def test_registering_and_being_verified_at_once_always_ends_with_a_ticket_number(receiver, deps, make_deps):
    # ID-9: whichever commits first, the other sees it
    for _ in range(15):
        candidate_id = new_id()
        await asyncio.gather(
            registrations.register_for_major(make_deps(), candidate_id, NORMAL_UNIVERSITY, CHINESE, "1"),
            deliver(receiver, standing_changed(candidate_id, 1, identity_pb2.VERIFIED)),
        )
        assert await ticket_number(candidate_id, deps) != ""


async def test_ticket_numbers_are_never_given_twice(receiver, deps, db) -> None:  # invariant 4
    next_number = 1 + await db.driver.fetchval("SELECT nextval('ticket_number_seq')")
    taken, fresh = new_id(), new_id()
    row = EnrolledRow(taken, NORMAL_UNIVERSITY, CHINESE, deps.config.ticket_number.written(next_number), ())
    assert (await enrolled_import.import_registrations(deps, [row], dry_run=False)).applied
    await deliver(receiver, standing_changed(fresh, 1, identity_pb2.VERIFIED))
    await registrations.register_for_major(deps, fresh, NORMAL_UNIVERSITY, CHINESE, "1")
    assert await ticket_number(fresh, deps) not in ("", row.ticket_number)


def decided(case_id: str, subject_id: str, candidate_id: str, kind, verdict, *, left: int = 2) -> event_pb2.Event:
    message = review_events.CaseDecided(
        case_id=case_id,
        kind=kind,
        submission=1,
        candidate_id=candidate_id,
        subject_id=subject_id,
        decision=verdict,
        submissions_left=left,
    )
    return event(case_id, message)


async def test_a_special_major_gets_its_ticket_number_when_its_proofs_are_approved(receiver, deps, db, hear) -> None:
    # EN-4, ID-9
    candidate_id = new_id()
    await hear(Standing(candidate_id, 1, True, True, IdentityState.VERIFIED))
    held = await registrations.register_for_major(deps, candidate_id, *NURSING, "1")
    assert (held.proof_state, held.ticket_number) == (ProofState.UNDER_REVIEW, "")
    assert await noted(db, "review.OpenCase", held.review_case_id) == 1

    case = held.review_case_id, held.registration_id, candidate_id, review_pb2.SPECIAL_MAJOR
    await deliver(receiver, decided(*case, review_pb2.Decision.REJECTED))
    assert await ticket_number(candidate_id, deps) == ""
    await deliver(receiver, decided(*case, review_pb2.Decision.APPROVED))
    assert await ticket_number(candidate_id, deps) != ""


async def test_proofs_are_refused_for_good_with_the_third_submission(receiver, deps, hear) -> None:  # EN-4, RE-5
    candidate_id = new_id()
    await hear(Standing(candidate_id, 1, True, True, IdentityState.VERIFIED))
    held = await registrations.register_for_major(deps, candidate_id, *NURSING, "1")
    case = held.review_case_id, held.registration_id, candidate_id, review_pb2.SPECIAL_MAJOR
    for left, state in ((2, ProofState.UNDER_REVIEW), (1, ProofState.UNDER_REVIEW), (0, ProofState.REJECTED)):
        await deliver(receiver, decided(*case, review_pb2.Decision.REJECTED, left=left))
        assert (await deps.registrations.get_registration(held.registration_id)).proof_state is state
    assert await ticket_number(candidate_id, deps) == ""


@pytest.mark.parametrize(
    ("verdict", "left", "state"),
    [
        (review_pb2.Decision.APPROVED, 2, SelectionState.AWAITING_SCHOOL),
        (review_pb2.Decision.REJECTED, 2, SelectionState.UNDER_REVIEW),
        (review_pb2.Decision.REJECTED, 0, SelectionState.VOID),
    ],
)
async def test_a_practice_course_follows_its_review(ready_candidate, receiver, deps, verdict, left, state) -> None:
    # EN-10, RE-5
    candidate = await ready_candidate(("10247", "080901"))
    await passes(candidate, deps, "13013")
    held = await select(candidate, "13014", deps)
    case = held.review_case_id, held.selection_id, candidate.candidate_id, review_pb2.PRACTICE_COURSE
    await deliver(receiver, decided(*case, verdict, left=left))
    assert (await deps.selections.get_selection(candidate.candidate_id, held.selection_id)).state is state
