"""What may be checked out, and what a replay is (EN-9, EN-10, F-10)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chassis.errors import RequestIdReused
from services.enrollment.domain.checkouts import (
    Checkout,
    CheckoutState,
    SeenBasket,
    fingerprint,
    same_request,
    to_check_out,
)
from services.enrollment.domain.gates import GateContext
from services.enrollment.errors import CheckoutRefused, DraftsChanged, FeesChanged, NothingToCheckOut, OrderUnsettled


@pytest.fixture
def around(catalogue, session, ready, now) -> GateContext:
    return GateContext("c-1", ready, catalogue, session, now)


@pytest.fixture
def earlier(session, now) -> Checkout:
    return Checkout(
        order_id="o-1",
        candidate_id="c-1",
        session_id=session.session_id,
        selection_ids=("s-00538",),
        total_fen=6500,
        state=CheckoutState.UNSETTLED,
        undertaking_version="1",
        payment_cutoff=session.payment_cutoff,
        fingerprint=fingerprint(session.session_id, SeenBasket()),
        create_time=now,
    )


def test_a_checkout_takes_every_draft(selected, around) -> None:  # EN-10
    drafts = [selected("00540"), selected("00538")]
    assert [draft.course_code for draft in to_check_out(drafts, None, SeenBasket(), around)] == ["00538", "00540"]


def test_an_append_waits_until_the_earlier_order_is_settled(selected, earlier, around) -> None:  # EN-9, F-12
    with pytest.raises(OrderUnsettled) as refusal:
        to_check_out([selected("00037")], earlier, SeenBasket(), around)
    assert refusal.value.metadata["order_id"] == "o-1"


def test_there_must_be_something_to_check_out(around) -> None:  # EN-10
    with pytest.raises(NothingToCheckOut):
        to_check_out([], None, SeenBasket(), around)


def test_a_checkout_takes_what_the_candidate_saw_or_nothing(selected, around) -> None:  # EN-10
    with pytest.raises(DraftsChanged):
        to_check_out([selected("00037"), selected("00538")], None, SeenBasket(("s-00037",)), around)


def with_course(around: GateContext, code: str, **changes: object) -> GateContext:
    courses = {**around.catalogue.courses, code: replace(around.catalogue.courses[code], **changes)}
    return replace(around, catalogue=replace(around.catalogue, courses=courses))


def without_sitting(around: GateContext, code: str) -> GateContext:
    kept = {key: sitting for key, sitting in around.catalogue.sittings.items() if key[2] != code}
    return replace(around, catalogue=replace(around.catalogue, sittings=kept))


def examined_on_another_day(around: GateContext, code: str) -> GateContext:
    moved = {
        key: replace(sitting, day=sitting.day + timedelta(days=7)) if key[2] == code else sitting
        for key, sitting in around.catalogue.sittings.items()
    }
    return replace(around, catalogue=replace(around.catalogue, sittings=moved))


def having_passed(around: GateContext, code: str) -> GateContext:
    return replace(around, facts=replace(around.facts, passed=frozenset({code})))


@pytest.mark.parametrize(
    ("meanwhile", "reason"),
    [
        (lambda around: with_course(around, "15043", retired=True), "COURSE_NOT_EXAMINED"),
        (lambda around: without_sitting(around, "15043"), "COURSE_NOT_EXAMINED"),
        (lambda around: examined_on_another_day(around, "15043"), "SITTING_MOVED"),
        (lambda around: having_passed(around, "15043"), "COURSE_ALREADY_PASSED"),
        (lambda around: having_passed(around, "03708"), "COURSE_ALREADY_PASSED"),
        (lambda around: with_course(around, "15043", prerequisite_rule="MIN_COURSES:1"), "PREREQUISITE_NOT_PASSED"),
    ],
)
def test_what_was_checked_when_chosen_is_checked_at_checkout(
    selected, around, meanwhile, reason
) -> None:  # EN-15, F-25
    drafts = [selected("15043"), selected("00540")]
    with pytest.raises(CheckoutRefused) as refused:
        to_check_out(drafts, None, SeenBasket(), meanwhile(around))
    assert [(each.subject, each.reason) for each in refused.value.unmet] == [("s-15043", reason)]


def test_an_order_has_the_fees_of_its_moment(selected, around, session) -> None:  # EN-15, F-25
    dearer = replace(around, catalogue=replace(around.catalogue, fees={(session.session_id, "theory_course"): 7000}))
    drafts = [selected("00540"), selected("00538", fee_fen=6400)]
    assert {draft.fee_fen for draft in to_check_out(drafts, None, SeenBasket(), dearer)} == {7000}
    with pytest.raises(FeesChanged) as refused:
        to_check_out(drafts, None, SeenBasket(total_fen=12_900), dearer)
    assert "129.00" in refused.value.message("zh")
    assert "140.00" in refused.value.message("en")


def test_the_same_request_is_answered_with_the_first_checkout(earlier, session) -> None:  # F-10
    assert same_request(earlier, fingerprint(session.session_id, SeenBasket())) is earlier


def test_another_body_under_the_same_request_id_is_refused(earlier, session) -> None:  # F-10
    with pytest.raises(RequestIdReused):
        same_request(earlier, fingerprint(session.session_id, SeenBasket(("s-00037",))))
