"""A case file: the case with everything that was handed in and decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.review.domain.cases import Case, Decision
from services.review.domain.duplicate_images import Duplicate
from services.review.domain.materials import Material


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case with what was handed in and decided; in listings (`whole` is False) without."""

    case: Case
    materials: tuple[Material, ...] = ()
    decisions: tuple[Decision, ...] = ()
    duplicates: Mapping[str, Sequence[Duplicate]] = field(default_factory=dict)
    whole: bool = True
