"""The second reviewer's work: judging sampled decisions without seeing the first judgement (RE-9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chassis.clock import Clock
from services.review.domain.audit import Action, Note
from services.review.domain.case import Judgement
from services.review.domain.likeness import Duplicate
from services.review.domain.materials import Material
from services.review.domain.sample import SecondReview, judged_again, require_second_reviewer
from services.review.errors import SecondReviewGiven
from services.review.ports import Cases, Samples
from services.review.usecases.comparing import Lens
from services.review.usecases.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Again:
    """A second review with what the first reviewer had before them."""

    review: SecondReview
    materials: tuple[Material, ...] = ()
    duplicates: Mapping[str, Sequence[Duplicate]] = field(default_factory=dict)
    whole: bool = True


async def waiting(viewer: Viewer, size: int, *, samples: Samples) -> Sequence[Again]:
    """Decisions of others in the reviewer's organisation, oldest first."""
    return [Again(one, whole=False) for one in await samples.waiting(viewer.organisation, viewer.actor_id, size)]


async def read(case_id: str, submission: int, viewer: Viewer, *, samples: Samples, cases: Cases, lens: Lens) -> Again:
    """One of them, whole. Raises NotFound."""
    review = await samples.get(case_id, submission)
    viewer.require_sight_of(review.case)
    require_second_reviewer(review, viewer.actor_id)
    return await _whole(review, cases, lens)


async def judge(
    case_id: str,
    submission: int,
    judgement: Judgement,
    viewer: Viewer,
    *,
    samples: Samples,
    cases: Cases,
    lens: Lens,
    clock: Clock,
) -> Again:
    """The second judgement, once. Raises NotFound, SecondReviewGiven, ReasonRequired."""
    known = await samples.get(case_id, submission)
    viewer.require_sight_of(known.case)
    review = judged_again(known, viewer.actor_id, judgement, at=clock.now())
    facts = {"verdict": judgement.verdict.value, "submission": str(submission)}
    note = Note(viewer.actor_id, Action.CASE_REVIEWED_AGAIN, case_id, facts=facts)
    if review is not known and not await samples.judge(review, note):
        raise SecondReviewGiven()
    return await _whole(review, cases, lens)


async def _whole(review: SecondReview, cases: Cases, lens: Lens) -> Again:
    handed_in = await cases.materials([review.case.case_id])
    seen = tuple(material for material in handed_in if material.submission <= review.first.submission)
    return Again(review, seen, await lens.duplicates(seen))
