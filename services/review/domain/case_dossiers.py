"""A case file: the case with everything that was handed in and decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.review.domain.cases import Case, Decision, shown_to_candidate
from services.review.domain.duplicate_images import Duplicate
from services.review.domain.materials import Material
from services.review.domain.required_images import RequiredImage, missing_images


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case with what was handed in and decided; in listings (`whole` is False) without."""

    case: Case
    materials: tuple[Material, ...] = ()
    decisions: tuple[Decision, ...] = ()
    duplicates: Mapping[str, Sequence[Duplicate]] = field(default_factory=dict)
    whole: bool = True

    @property
    def missing(self) -> Sequence[RequiredImage]:
        """The images that are still to be handed in (RE-10)."""
        return missing_images(self.case.subject.required_images, {one.required_image_id for one in self.materials})


def known_to_candidate(file: CaseFile, now: datetime) -> CaseFile:
    """The case file as its candidate knows it: what can still be undone has not been decided (RE-12)."""
    in_effect = tuple(one for one in file.decisions if one.effect_time <= now)
    return replace(file, case=shown_to_candidate(file.case, now), decisions=in_effect)
