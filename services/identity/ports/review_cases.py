"""What identity asks of review: cases handed in, looks at a case's person, and which case is about what (RE-7, ID-7,
ID-11, EN-4).
"""

from collections.abc import Mapping
from typing import Protocol

from chassis.ids import derived_id
from services.identity.domain.candidates import Candidate
from services.identity.domain.corrections.required_corrections import Correction
from services.identity.domain.reviewed_phone_changes import PhoneChange, Proof
from services.identity.domain.staff import Reviewer, Seen


def identity_case_id(candidate_id: str) -> str:
    """The one review case about a person's identity."""
    return derived_id("identity case", candidate_id)


def correction_case_id(candidate_id: str, number: int) -> str:
    """The one review case about a person's `number`-th correction."""
    return derived_id("correction case", candidate_id, str(number))


def phone_change_case_id(phone_change_id: str) -> str:
    """The one review case about a phone change."""
    return derived_id("phone change case", phone_change_id)


class ReviewCases(Protocol):
    """Review. Whatever it refuses is raised as it refused it."""

    async def hand_in_correction(self, candidate: Candidate, correction: Correction, portrait: bytes) -> None:
        """Adds the portrait to the correction's case, at the host school, and submits it (EN-4); a submission that
        arrived before is not made again. Raises ProofsMissing.
        """
        ...

    async def hand_in_phone_change(
        self, change: PhoneChange, candidate: Candidate, images: Mapping[Proof, bytes]
    ) -> None:
        """Adds the images of this submission to the request's case, at the exam authority, and submits it (ID-11); a
        submission that arrived before is not made again.
        """
        ...

    async def admit_look(self, case_id: str, reviewer: Reviewer, seen: Seen) -> str:
        """The candidate of the case, once the look is on record (RE-7). Review refuses strangers (RE-2, RE-3)."""
        ...
