"""Materials (RE-3): what may be handed in."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

from services.review.domain.cases import CaseKind
from services.review.domain.duplicate_images import Fingerprint
from services.review.errors import MaterialsMissing, SubmitWithCorrection, TooManyMaterials

MOST_PER_SUBMISSION: Final = 12
"""More than any kind of case asks for."""


class MaterialKind(Enum):
    """What an image shows."""

    DOCUMENT_FRONT = "DOCUMENT_FRONT"
    DOCUMENT_BACK = "DOCUMENT_BACK"
    HOLDING_DOCUMENT = "HOLDING_DOCUMENT"
    CERTIFICATE = "CERTIFICATE"
    EMPLOYMENT_PROOF = "EMPLOYMENT_PROOF"
    OTHER = "OTHER"
    PORTRAIT = "PORTRAIT"


ASKED_FOR: Final[Mapping[CaseKind, frozenset[MaterialKind]]] = {
    CaseKind.PHONE_CHANGE: frozenset(
        {MaterialKind.DOCUMENT_FRONT, MaterialKind.DOCUMENT_BACK, MaterialKind.HOLDING_DOCUMENT}
    ),
    CaseKind.DETAILS: frozenset({MaterialKind.PORTRAIT, MaterialKind.DOCUMENT_FRONT}),
}
"""What a case of a kind must hold (ID-11, EN-4). Others ask for at least one image, and whoever opened them
says which.
"""


@dataclass(frozen=True, slots=True)
class Image:
    """An image after checking and re-encoding: JPEG without metadata; sizes in pixels; `fingerprint` is None when it is
    blank.
    """

    content: bytes
    width: int
    height: int
    fingerprint: Fingerprint | None = None


@dataclass(frozen=True, slots=True)
class Material:
    """One image of a case; `digest` is the SHA-256 of the bytes as they were uploaded."""

    material_id: str
    case_id: str
    kind: MaterialKind
    submission: int
    digest: bytes
    width: int
    height: int
    size_bytes: int
    create_time: datetime

    @property
    def blob_key(self) -> str:
        """Where its bytes lie in the blob store."""
        return f"{self.case_id}/{self.material_id}"


def require_source(kind: MaterialKind, *, service: bool) -> None:
    """EN-4: the portrait of a case is the one on record, which identity hands in. Raises SubmitWithCorrection."""
    if kind is MaterialKind.PORTRAIT and not service:
        raise SubmitWithCorrection()


def fingerprint_for(kind: MaterialKind, image: Image) -> Fingerprint | None:
    """By what an image is compared with other people's (RE-8). Portraits are laid out alike, and drawn ones at times
    taken for one another: of them only the same file counts.
    """
    return None if kind is MaterialKind.PORTRAIT else image.fingerprint


def require_room(present: int) -> None:
    """Raises TooManyMaterials when a submission holds as many images as it may."""
    if present >= MOST_PER_SUBMISSION:
        raise TooManyMaterials(most=str(MOST_PER_SUBMISSION))


def require_complete(kind: CaseKind, handed_in: Collection[MaterialKind]) -> None:
    """Raises MaterialsMissing while an image that the case asks for was not handed in, with this submission or an
    earlier one.
    """
    missing = ASKED_FOR.get(kind, frozenset()) - set(handed_in)
    if missing:
        raise MaterialsMissing(kinds=", ".join(sorted(one.value for one in missing)))
