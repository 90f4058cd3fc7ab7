"""What identity asks of review: looks at a case's person, and cases handed in (RE-7, ID-11, EN-4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from services.identity.domain.candidate import Candidate
from services.identity.domain.corrections import Correction
from services.identity.domain.phone_changes import PhoneChange, Proof


class Seen(Enum):
    """What a reviewer looks at beside the proofs of a case."""

    PORTRAIT = "PORTRAIT"
    PARTICULARS = "PARTICULARS"


@dataclass(frozen=True, slots=True)
class Reviewer:
    """A member of an organisation that decides cases (RE-2)."""

    reviewer_id: str
    organisation: str


class Looks(Protocol):
    """Review's word on who may look at the person of a case."""

    async def admit(self, case_id: str, reviewer: Reviewer, seen: Seen) -> str:
        """The candidate of the case, once the look is on record (RE-7). Raises review's refusal (RE-2, RE-3)."""
        ...

    async def note(self, candidate_id: str, viewer: Reviewer) -> None:
        """Puts a look at a portrait outside a case on record (RE-7)."""
        ...


class CorrectionCases(Protocol):
    """The host school's desk for corrections (EN-4)."""

    async def hand_in(self, candidate: Candidate, correction: Correction, portrait: bytes) -> None:
        """Adds the portrait to the correction's case and submits it, once for each submission. Raises ProofsMissing."""
        ...


class PhoneChangeCases(Protocol):
    """The exam authority's desk (ID-11)."""

    async def hand_in(self, change: PhoneChange, candidate: Candidate, images: Mapping[Proof, bytes]) -> None:
        """Opens the request's case, adds the images of this submission and submits it; what was done before is not
        done again.
        """
        ...
