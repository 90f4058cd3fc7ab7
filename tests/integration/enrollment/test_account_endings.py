"""An account has ended because another one proved its document number: what enrollment ends with it (ID-15)."""

import asyncio

import pytest
from zikao.identity.v1 import events_pb2, resources_pb2
from zikao.payment.v1.payment_service_pb2 import CancelOrderRequest

from chassis.errors import Unauthenticated
from chassis.ids import new_id
from services.enrollment.domain.registrations import IdentityState, Standing
from services.enrollment.domain.selections import SelectionState, VoidReason
from services.enrollment.errors import GatesUnmet
from services.enrollment.usecases import checkouts, registrations
from services.enrollment.usecases.account_endings import end_late_selections
from tests.integration.enrollment.stand_ins import (
    AESTHETICS,
    ANCIENT_LITERATURE_1,
    CHINESE,
    FINANCE_UNIVERSITY,
    FOREIGN_LITERATURE,
    NORMAL_UNIVERSITY,
    SESSION,
    STAFF_MANAGEMENT,
    Candidate,
    prepare,
    select,
)
from tests.integration.enrollment.test_order_outcomes import NURSING, deliver, event, noted, only, paid

VOID = SelectionState.VOID, VoidReason.ACCOUNT_ENDED


def ended(candidate_id: str, version: int = 9):
    """The event by which identity says so."""
    standing = resources_pb2.Standing(
        candidate_id=candidate_id,
        version=version,
        document_type="RESIDENT_CARD",
        details_confirmed=True,
        phone_verified=True,
        identity_state=resources_pb2.ENDED,
    )
    return event(candidate_id, events_pb2.StandingChanged(standing=standing))


@pytest.fixture
async def unverified(deps, hear) -> Candidate:
    """A candidate whom nobody has verified, with all other gates open."""
    candidate_id = new_id()
    await hear(Standing(candidate_id, 3, True, True, IdentityState.PENDING, "RESIDENT_CARD"))
    await registrations.register_for_major(deps, candidate_id, NORMAL_UNIVERSITY, CHINESE, "1")
    await prepare(candidate_id, deps)
    return Candidate(candidate_id, await deps.registrations.list_registrations(candidate_id))


async def test_the_selections_of_an_ended_account_are_void_and_nothing_more_is_selected(
    unverified, receiver, deps
) -> None:  # ID-15, EN-5
    held = [await select(unverified, course, deps) for course in (ANCIENT_LITERATURE_1, AESTHETICS)]
    news = ended(unverified.candidate_id)
    for _ in range(2):
        assert await deliver(receiver, news) == {news.event_id}
    after = [await deps.selections.get_selection(unverified.candidate_id, one.selection_id) for one in held]
    assert [(one.state, one.void_reason) for one in after] == [VOID, VOID]
    with pytest.raises(GatesUnmet) as refusal:
        await select(unverified, FOREIGN_LITERATURE, deps)
    assert [unmet.reason for unmet in refusal.value.unmet] == ["ACCOUNT_ENDED"]
    with pytest.raises(Unauthenticated):
        await registrations.register_for_major(deps, unverified.candidate_id, FINANCE_UNIVERSITY, STAFF_MANAGEMENT, "1")


async def test_two_accounts_of_one_person_hold_the_same_half_day_until_one_is_verified(
    unverified, candidate, receiver, deps
) -> None:  # ID-15, EN-5, invariant 1
    lost = await select(unverified, ANCIENT_LITERATURE_1, deps)
    kept = await select(candidate, ANCIENT_LITERATURE_1, deps)
    await deliver(receiver, ended(unverified.candidate_id))
    after = await deps.selections.get_selection(unverified.candidate_id, lost.selection_id)
    assert (after.state, after.void_reason) == VOID
    stays = await deps.selections.get_selection(candidate.candidate_id, kept.selection_id)
    assert stays.state is SelectionState.DRAFT


async def test_the_open_order_of_an_ended_account_is_cancelled_and_late_money_goes_back(
    candidate, receiver, deps, db
) -> None:  # ID-15, PA-3, PA-6
    await select(candidate, ANCIENT_LITERATURE_1, deps)
    checkout = (await checkouts.check_out(deps, candidate.candidate_id, SESSION, new_id())).checkout
    await deliver(receiver, ended(candidate.candidate_id))
    found = await only(checkout, deps)
    assert (found.state, found.void_reason) == VOID
    payload = await db.driver.fetchval(
        "SELECT payload FROM outbox WHERE destination = 'payment.CancelOrder' AND aggregate_id = $1", checkout.order_id
    )
    assert CancelOrderRequest.FromString(payload).order_id == checkout.order_id
    assert await noted(db, "payment.CreateRefund", checkout.order_id) == 0
    await deliver(receiver, paid(checkout))
    assert (await only(checkout, deps)).state is SelectionState.VOID
    assert await noted(db, "payment.CreateRefund", checkout.order_id) == 1


async def test_what_an_ended_account_has_paid_goes_back(candidate, receiver, deps, db) -> None:  # ID-15, PA-6
    await select(candidate, ANCIENT_LITERATURE_1, deps)
    checkout = (await checkouts.check_out(deps, candidate.candidate_id, SESSION, new_id())).checkout
    await deliver(receiver, paid(checkout))
    await deliver(receiver, ended(candidate.candidate_id))
    assert (await only(checkout, deps)).state is SelectionState.VOID
    assert await noted(db, "payment.CreateRefund", checkout.order_id) == 1
    assert await noted(db, "payment.CancelOrder", checkout.order_id) == 0


async def test_a_selection_in_flight_when_the_account_ends_is_ended_soon_after(
    unverified, receiver, deps, db
) -> None:  # ID-15
    await deliver(receiver, ended(unverified.candidate_id))
    await db.driver.execute(
        "UPDATE standings SET identity_state = 'PENDING' WHERE candidate_id = $1", unverified.candidate_id
    )
    late = await select(unverified, AESTHETICS, deps)
    await db.driver.execute(
        "UPDATE standings SET identity_state = 'ENDED' WHERE candidate_id = $1", unverified.candidate_id
    )
    assert await end_late_selections(deps) == 1
    after = await deps.selections.get_selection(unverified.candidate_id, late.selection_id)
    assert (after.state, after.void_reason) == VOID
    assert await end_late_selections(deps) == 0


async def test_the_case_about_an_ended_accounts_major_is_withdrawn(receiver, deps, hear, db) -> None:  # ID-15, EN-4
    candidate_id = new_id()
    await hear(Standing(candidate_id, 3, True, True, IdentityState.PENDING, "RESIDENT_CARD"))
    held = await registrations.register_for_major(deps, candidate_id, *NURSING, "1")
    await deliver(receiver, ended(candidate_id), ended(candidate_id))
    assert await noted(db, "review.WithdrawCase", held.review_case_id) == 1


async def test_an_account_that_ends_while_its_order_is_paid_keeps_no_money(  # ID-15, PA-6
    ready_candidate, receiver, deps, db
) -> None:
    for _ in range(4):
        one = await ready_candidate()
        await select(one, ANCIENT_LITERATURE_1, deps)
        checkout = (await checkouts.check_out(deps, one.candidate_id, SESSION, new_id())).checkout
        await asyncio.gather(deliver(receiver, paid(checkout)), deliver(receiver, ended(one.candidate_id)))
        assert (await only(checkout, deps)).state is SelectionState.VOID
        assert await noted(db, "payment.CreateRefund", checkout.order_id) == 1
