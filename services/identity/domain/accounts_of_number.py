"""The accounts that carry one document number (ID-15): how many may, and what becomes of them when one proves it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.identity.domain.candidates import Candidate, IdentityState
from services.identity.domain.identity_checks import with_number_lost
from services.identity.errors import UnverifiedAccountsFull

MOST_UNVERIFIED: Final = 3
"""So many unverified accounts may carry one number."""

GIVES_WAY_AFTER: Final = timedelta(days=1)
"""An account without a verified phone, idle for so long, gives its place to a newcomer: three accounts that strangers
made and left shall not keep the number's owner out.
"""

MOST_QUESTIONS: Final = 10
"""How often the register is asked about one number in a day."""


@dataclass(frozen=True, slots=True)
class Change:
    """An account before and after."""

    before: Candidate
    after: Candidate


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a newcomer, and the account that gives way for it."""

    number: int
    displaced: Change | None = None


def place_for_newcomer(carriers: Sequence[Candidate], *, at: datetime) -> Place:
    """A place among the unverified `carriers` of a number. Whether a verified account has it makes no difference: a
    newcomer must not learn that. Raises UnverifiedAccountsFull.
    """
    taken = {one.unverified_place for one in carriers}
    free = [number for number in range(1, MOST_UNVERIFIED + 1) if number not in taken]
    if free:
        return Place(free[0])
    idle = sorted((one for one in carriers if _gives_way(one, at)), key=lambda one: one.update_time)
    if not idle or idle[0].unverified_place is None:
        raise UnverifiedAccountsFull()
    return Place(idle[0].unverified_place, Change(idle[0], with_number_lost(idle[0], at=at)))


def number_settled(carriers: Sequence[Candidate], before: Candidate, after: Candidate, *, at: datetime) -> list[Change]:
    """What a change of one account does to the accounts that carry its number, itself first.

    Who proves the number gets it, and the unverified others end. Where another account has proven it before, it stays
    there, and the one that came later ends.
    """
    if after.identity_state is not IdentityState.VERIFIED or before.identity_state is IdentityState.VERIFIED:
        return [Change(before, after)]
    others = [one for one in carriers if one.candidate_id != before.candidate_id]
    if any(one.identity_state is IdentityState.VERIFIED for one in others):
        return [Change(before, with_number_lost(before, at=at))]
    return [Change(before, after), *(Change(one, with_number_lost(one, at=at)) for one in others)]


def numbers_imported(carriers: Sequence[Candidate], person_keys: Collection[str], *, at: datetime) -> list[Change]:
    """What an import does to the accounts that carried the numbers which it proved: the unverified ones end."""
    lost = [one for one in carriers if one.unverified_place is not None and one.document.person_key in person_keys]
    return [Change(one, with_number_lost(one, at=at)) for one in lost]


def _gives_way(candidate: Candidate, at: datetime) -> bool:
    waits = candidate.identity_state is IdentityState.UNDER_REVIEW
    return not waits and candidate.phone_verify_time is None and candidate.update_time + GIVES_WAY_AFTER <= at
