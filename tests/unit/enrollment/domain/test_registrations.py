"""Registrations, texts and ticket numbers (ID-5, ID-9, ID-12, ID-13)."""

from dataclasses import replace

import pytest

from services.enrollment.domain.catalogue import TextKind
from services.enrollment.domain.registrations import (
    IdentityState,
    Origin,
    ProofState,
    Standing,
    TicketNumberFormat,
    first_proof_state,
    may_have_ticket,
    must_accept_current,
    origin_of_next,
    plan_to_register_for,
)
from services.enrollment.errors import MajorFixed, NotHosted, TextOutdated


def test_a_major_is_registered_for_where_it_is_hosted(catalogue) -> None:  # ID-5
    assert plan_to_register_for(catalogue, "10269", "050101").host.major_code == "050101"
    with pytest.raises(NotHosted):
        plan_to_register_for(catalogue, "10246", "050101")


def test_the_pledge_is_accepted_in_the_version_in_force(catalogue) -> None:  # ID-5
    assert must_accept_current(catalogue, TextKind.INTEGRITY_PLEDGE, "1").version == 1
    with pytest.raises(TextOutdated):
        must_accept_current(catalogue, TextKind.INTEGRITY_PLEDGE, "0")


def test_the_first_registration_is_that_of_a_new_candidate() -> None:  # ID-5
    assert origin_of_next([]) is Origin.NEW


def test_a_new_candidate_cannot_change_the_major(registration) -> None:  # ID-12
    with pytest.raises(MajorFixed):
        origin_of_next([replace(registration, ticket_number="")])


def test_who_holds_a_ticket_number_adds_a_registration_as_enrolled(registration) -> None:  # ID-13
    assert origin_of_next([registration]) is Origin.ENROLLED


def test_special_majors_ask_for_proofs(catalogue) -> None:  # EN-4
    assert first_proof_state(catalogue, "101101") is ProofState.UNDER_REVIEW
    assert first_proof_state(catalogue, "050101") is ProofState.NOT_NEEDED


@pytest.mark.parametrize("identity", IdentityState)
@pytest.mark.parametrize("proofs", ProofState)
def test_a_ticket_number_needs_the_person_verified_and_the_proofs_approved(registration, identity, proofs) -> None:
    # ID-9
    expected = identity is IdentityState.VERIFIED and proofs in {ProofState.NOT_NEEDED, ProofState.APPROVED}
    standing = Standing("c-1", identity_state=identity)
    assert may_have_ticket(standing, replace(registration, proof_state=proofs)) is expected


def test_ticket_numbers_follow_the_configured_format() -> None:  # ID-9
    assert TicketNumberFormat("26", 7).written(42) == "260000042"
    assert TicketNumberFormat("26", 4).written(12345) == "2612345"
