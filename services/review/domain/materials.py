"""Materials (RE-3): what may be handed in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.review.domain.duplicate_images import Fingerprint
from services.review.domain.required_images import OTHER, MaterialKind
from services.review.errors import MaterialSubmitted, SubmitWithCorrection, TooManyMaterials

MOST_PER_SUBMISSION: Final = 12
"""More than any kind of case asks for."""


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
    required_image_id: str
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


def takes_place_of(material: Material, known: Iterable[Material]) -> Sequence[Material]:
    """Those of a case's materials that a new one replaces (RE-10): the one for the same required image that was handed
    in with the same submission. Of what is asked for beside the named images there may be several.
    """
    if material.required_image_id == OTHER.required_image_id:
        return []
    place = material.submission, material.required_image_id
    return [one for one in known if (one.submission, one.required_image_id) == place]


def require_removable(material: Material, *, submissions: int) -> None:
    """RE-10: what was submitted stays, since it was decided on. Raises MaterialSubmitted, SubmitWithCorrection."""
    require_source(material.kind, service=False)
    if material.submission <= submissions:
        raise MaterialSubmitted()
