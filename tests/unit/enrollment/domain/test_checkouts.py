"""What may be checked out, and what a replay is (EN-9, EN-10, F-10)."""

import pytest

from chassis.errors import RequestIdReused
from services.enrollment.domain.checkouts import Checkout, CheckoutState, fingerprint, same_request, to_check_out
from services.enrollment.errors import DraftsChanged, NothingToCheckOut, OrderUnsettled


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
        fingerprint=fingerprint(session.session_id, ()),
        create_time=now,
    )


def test_a_checkout_takes_every_draft(selected) -> None:  # EN-10
    drafts = [selected("00540"), selected("00538")]
    assert [draft.course_code for draft in to_check_out(drafts, None, ())] == ["00538", "00540"]


def test_an_append_waits_until_the_earlier_order_is_settled(selected, earlier) -> None:  # EN-9, F-12
    with pytest.raises(OrderUnsettled) as refusal:
        to_check_out([selected("00037")], earlier, ())
    assert refusal.value.metadata["order_id"] == "o-1"


def test_there_must_be_something_to_check_out() -> None:  # EN-10
    with pytest.raises(NothingToCheckOut):
        to_check_out([], None, ())


def test_a_checkout_takes_what_the_candidate_saw_or_nothing(selected) -> None:  # EN-10
    with pytest.raises(DraftsChanged):
        to_check_out([selected("00037"), selected("00538")], None, ["s-00037"])


def test_the_same_request_is_answered_with_the_first_checkout(earlier, session) -> None:  # F-10
    assert same_request(earlier, fingerprint(session.session_id, ())) is earlier


def test_another_body_under_the_same_request_id_is_refused(earlier, session) -> None:  # F-10
    with pytest.raises(RequestIdReused):
        same_request(earlier, fingerprint(session.session_id, ["s-00037"]))
