"""Who may carry a document number, and what becomes of the others when somebody proves it (ID-15)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from services.identity.domain.accounts_of_number import (
    GIVES_WAY_AFTER,
    MOST_UNVERIFIED,
    number_settled,
    numbers_imported,
    place_for_newcomer,
)
from services.identity.domain.candidates import Candidate, IdentityState, new_candidate, with_phone
from services.identity.domain.documents import Document, DocumentType
from services.identity.errors import UnverifiedAccountsFull

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
CARD = Document(DocumentType.RESIDENT_CARD, "11010519491231002X")
OTHER_CARD = Document(DocumentType.RESIDENT_CARD, "110105194912310038")
P, U, V = IdentityState.PENDING, IdentityState.UNDER_REVIEW, IdentityState.VERIFIED
R, ENDED = IdentityState.REJECTED, IdentityState.ENDED
UNVERIFIED = (P, U, R)


def carrier(place: int | None, state: IdentityState = P, *, document: Document = CARD) -> Candidate:
    """An account that carries the number, in a place or verified."""
    fresh = new_candidate(f"c{place}", document, "张三", "10269", at=NOW)
    return replace(fresh, unverified_place=place, identity_state=state, review_case_id="case")


def outcome(carriers: Sequence[Candidate], before: Candidate, after: IdentityState) -> dict[str, IdentityState]:
    """Which accounts change, and how they stand then."""
    changed = replace(before, identity_state=after, unverified_place=None if after is V else before.unverified_place)
    changes = number_settled(carriers, before, changed, at=NOW)
    assert changes[0].before is before
    return {change.after.candidate_id: change.after.identity_state for change in changes}


@pytest.mark.parametrize(("taken", "place"), [([], 1), ([1], 2), ([2], 1), ([1, 3], 2), ([1, 2], 3)])
def test_a_newcomer_has_the_first_free_place(taken: list[int], place: int) -> None:  # ID-15
    found = place_for_newcomer([carrier(number) for number in taken], at=NOW)
    assert (found.number, found.displaced) == (place, None)


def test_a_fourth_unverified_account_is_refused() -> None:  # ID-15
    full = [carrier(number) for number in range(1, MOST_UNVERIFIED + 1)]
    with pytest.raises(UnverifiedAccountsFull):
        place_for_newcomer(full, at=NOW)


def test_an_account_that_was_made_and_left_gives_way_so_that_strangers_do_not_keep_the_owner_out() -> None:  # ID-15
    idle, tomorrow = carrier(2), NOW + GIVES_WAY_AFTER
    busy = [replace(carrier(number), update_time=tomorrow) for number in (1, 3)]
    found = place_for_newcomer([busy[0], idle, busy[1]], at=tomorrow)
    assert found.displaced is not None
    assert (found.number, found.displaced.before) == (2, idle)
    assert (found.displaced.after.identity_state, found.displaced.after.unverified_place) == (ENDED, None)
    with pytest.raises(UnverifiedAccountsFull):
        place_for_newcomer([busy[0], idle, busy[1]], at=tomorrow - timedelta(seconds=1))


@pytest.mark.parametrize("stays", [with_phone(carrier(1), "+8613812345678", at=NOW), carrier(1, U)])
def test_who_verified_a_phone_or_waits_for_a_reviewer_gives_way_to_nobody(stays: Candidate) -> None:  # ID-15
    full = [replace(stays, unverified_place=number) for number in range(1, MOST_UNVERIFIED + 1)]
    with pytest.raises(UnverifiedAccountsFull):
        place_for_newcomer(full, at=NOW + 2 * GIVES_WAY_AFTER)


@pytest.mark.parametrize(("prover", "others"), list(product(UNVERIFIED, product(UNVERIFIED, repeat=2))))
def test_who_proves_the_number_gets_it_and_the_others_end(
    prover: IdentityState, others: tuple[IdentityState, IdentityState]
) -> None:  # ID-15
    own, second, third = carrier(1, prover), carrier(2, others[0]), carrier(3, others[1])
    assert outcome([second, own, third], own, V) == {"c1": V, "c2": ENDED, "c3": ENDED}


@pytest.mark.parametrize("state", UNVERIFIED)
def test_a_number_that_another_account_has_proven_stays_there(state: IdentityState) -> None:  # ID-15, ID-13
    own, holder, bystander = carrier(1, state), carrier(None, V), carrier(2)
    assert outcome([own, holder, bystander], own, V) == {"c1": ENDED}


@pytest.mark.parametrize(("before", "after"), [(P, P), (P, U), (U, R), (R, U)])
def test_what_proves_nothing_ends_nobody(before: IdentityState, after: IdentityState) -> None:  # ID-15
    own = carrier(1, before)
    assert outcome([own, carrier(2), carrier(None, V)], own, after) == {"c1": after}


def test_an_import_proves_the_numbers_it_brings() -> None:  # ID-15, ID-3
    lost, holder, another = carrier(1), carrier(None, V), carrier(2, document=OTHER_CARD)
    [change] = numbers_imported([lost, holder, another], {CARD.person_key}, at=NOW)
    assert (change.before, change.after.identity_state) == (lost, ENDED)
