"""The sample of decisions that a second reviewer judges without seeing the first judgement (RE-9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from chassis.errors import NotFound
from services.review.domain.cases import Case, Decision, Judgement, require_reason
from services.review.domain.duplicate_images import Duplicate
from services.review.domain.materials import Material
from services.review.errors import SecondReviewGiven


@dataclass(frozen=True, slots=True)
class SecondReview:
    """A sampled decision, and what the second reviewer says of it; None until then."""

    case: Case
    first: Decision
    second: Decision | None = None

    @property
    def agreed(self) -> bool:
        """Whether both came to the same verdict."""
        return self.second is not None and self.second.verdict is self.first.verdict


@dataclass(frozen=True, slots=True)
class SecondReviewFile:
    """A second review with what the first reviewer had before them; in listings (`whole` is False) without."""

    review: SecondReview
    materials: tuple[Material, ...] = ()
    duplicates: Mapping[str, Sequence[Duplicate]] = field(default_factory=dict)
    whole: bool = True


def require_second_reviewer(review: SecondReview, reviewer_id: str) -> None:
    """Nobody judges an own decision again. Raises NotFound: for its reviewer it is not in the sample."""
    if review.first.reviewer_id == reviewer_id:
        raise NotFound()


def judged_again(review: SecondReview, reviewer_id: str, judgement: Judgement, *, at: datetime) -> SecondReview:
    """With the second judgement; the same one again changes nothing.

    Raises NotFound, SecondReviewGiven, ReasonRequired.
    """
    require_second_reviewer(review, reviewer_id)
    if review.second is not None:
        stands = (review.second.verdict, review.second.reason, review.second.note, review.second.reviewer_id)
        if stands == (judgement.verdict, judgement.reason, judgement.note, reviewer_id):
            return review
        raise SecondReviewGiven()
    require_reason(judgement)
    second = Decision(
        review.case.case_id,
        review.first.submission,
        judgement.verdict,
        judgement.reason,
        judgement.note,
        reviewer_id,
        decide_time=at,
        effect_time=at,
    )
    return replace(review, second=second)
