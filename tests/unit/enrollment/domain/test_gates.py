"""The gates before selection and payment (EN-2)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.enrollment.domain.gates import (
    Action,
    Facts,
    GateContext,
    Participation,
    Stage,
    all_gates,
    must_pass,
    payment_gates,
    selection_gates,
)
from services.enrollment.domain.registrations import CorrectionState, IdentityState, ProofState, Standing
from services.enrollment.errors import GatesUnmet


def unmet(found) -> set[str]:
    return {gate.obstacle.reason for gate in found if gate.obstacle}


def test_a_candidate_who_has_done_everything_passes_every_gate(ready, catalogue, session, now) -> None:  # EN-2
    found = all_gates(GateContext("c-1", ready, catalogue, session, now))
    assert unmet(found) == set()
    must_pass(found)


def test_all_unmet_gates_are_reported_at_once_with_what_to_do_next(catalogue, session, now) -> None:  # EN-2
    nobody = Facts(1, Standing("c-9"), Participation(), ())
    with pytest.raises(GatesUnmet) as refusal:
        must_pass(all_gates(GateContext("c-1", nobody, catalogue, session, now)))
    named = {each.reason: each for each in refusal.value.unmet}
    assert set(named) == {
        "NOT_REGISTERED",
        "DETAILS_INCOMPLETE",
        "PHONE_NOT_VERIFIED",
        "QUESTIONNAIRE_NOT_ANSWERED",
        "NOTICE_NOT_READ",
        "IDENTITY_NOT_VERIFIED",
    }
    assert all(each.zh and each.en and each.next_action for each in named.values())
    assert named["PHONE_NOT_VERIFIED"].next_action == Action.VERIFY_PHONE.value


def test_a_candidate_under_review_may_select_and_not_pay(ready, catalogue, session, now, registration) -> None:  # EN-2
    waiting = replace(
        ready,
        standing=replace(ready.standing, identity_state=IdentityState.UNDER_REVIEW),
        registrations=(replace(registration, ticket_number=""),),
    )
    must_pass(selection_gates(GateContext("c-1", waiting, catalogue, session, now)))
    assert unmet(payment_gates(waiting, waiting.registrations)) == {"IDENTITY_UNDER_REVIEW", "TICKET_NUMBER_MISSING"}


def test_a_special_major_is_paid_for_once_its_proofs_are_approved(ready, registration) -> None:  # EN-4
    special = replace(registration, proof_state=ProofState.UNDER_REVIEW)
    assert unmet(payment_gates(ready, [special])) == {"PROOFS_UNDER_REVIEW"}
    assert unmet(payment_gates(ready, [replace(special, proof_state=ProofState.APPROVED)])) == set()


@pytest.mark.parametrize(
    ("state", "reason", "action"),
    [
        (CorrectionState.REQUIRED, "CORRECTION_REQUIRED", Action.HAND_IN_CORRECTION),
        (CorrectionState.UNDER_REVIEW, "CORRECTION_UNDER_REVIEW", Action.FOLLOW_REVIEW),
        (CorrectionState.REFUSED, "CORRECTION_REFUSED", Action.HAND_IN_CORRECTION),
    ],
)
def test_with_a_correction_open_courses_are_selected_and_not_paid(
    ready, catalogue, session, now, state, reason, action
) -> None:  # EN-2, EN-4
    faulted = replace(ready, standing=replace(ready.standing, correction_state=state))
    must_pass(selection_gates(GateContext("c-1", faulted, catalogue, session, now)))
    with pytest.raises(GatesUnmet) as refusal:
        must_pass(payment_gates(faulted, faulted.registrations))
    assert [(each.reason, each.next_action) for each in refusal.value.unmet] == [(reason, action.value)]


def test_an_approved_correction_stands_before_nothing(ready) -> None:  # EN-4
    approved = replace(ready, standing=replace(ready.standing, correction_state=CorrectionState.APPROVED))
    assert unmet(payment_gates(approved, approved.registrations)) == set()


@pytest.mark.parametrize(
    ("after_start", "reason"),
    [(timedelta(seconds=-1), {"WINDOW_NOT_OPEN"}), (timedelta(0), set()), (timedelta(hours=1), set())],
)
def test_the_window_opens_at_its_published_second(ready, catalogue, session, after_start, reason) -> None:  # F-15
    found = selection_gates(GateContext("c-1", ready, catalogue, session, session.registration_start + after_start))
    assert unmet(found) == reason


def test_the_window_is_over_at_its_published_second(ready, catalogue, session) -> None:  # F-15
    last = session.registration_end - timedelta(microseconds=1)
    assert unmet(selection_gates(GateContext("c-1", ready, catalogue, session, last))) == set()
    at_its_end = GateContext("c-1", ready, catalogue, session, session.registration_end)
    assert unmet(selection_gates(at_its_end)) == {"WINDOW_CLOSED"}


def test_a_cancelled_session_is_closed_to_everybody(ready, catalogue, session, now) -> None:  # EN-2, PA-12
    cancelled = replace(session, cancel_time=now)
    assert unmet(selection_gates(GateContext("c-1", ready, catalogue, cancelled, now))) == {"SESSION_CANCELLED"}


def test_a_new_notice_is_read_again(ready, catalogue, session, now) -> None:  # EN-2
    unread = replace(ready, participation=replace(ready.participation, notice_version=0))
    assert unmet(selection_gates(GateContext("c-1", unread, catalogue, session, now))) == {"NOTICE_NOT_READ"}


def test_gates_before_selection_come_before_those_before_payment(ready, catalogue, session, now) -> None:  # EN-2
    stages = [gate.stage for gate in all_gates(GateContext("c-1", ready, catalogue, session, now))]
    assert stages == sorted(stages, key=[Stage.SELECTION, Stage.PAYMENT].index)
