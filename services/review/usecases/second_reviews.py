"""The second reviewer's work: judging sampled decisions without seeing the first judgement (RE-9)."""

from collections.abc import Sequence

from chassis.audit_log.notes import AuditAction
from services.review.dependencies import Dependencies
from services.review.domain.cases import Judgement
from services.review.domain.second_reviews import SecondReview, SecondReviewFile, judged_again, require_second_reviewer
from services.review.domain.viewers import Viewer
from services.review.errors import SecondReviewGiven
from services.review.usecases.audit_notes import about_case
from services.review.usecases.duplicate_images import find_duplicates


async def list_second_reviews(deps: Dependencies, viewer: Viewer, size: int) -> Sequence[SecondReviewFile]:
    """Decisions of others in the reviewer's organisation, oldest first."""
    awaited = await deps.second_reviews.list_awaited(viewer.organisation, viewer.actor_id, size)
    return [SecondReviewFile(review, whole=False) for review in awaited]


async def get_second_review(deps: Dependencies, case_id: str, submission: int, viewer: Viewer) -> SecondReviewFile:
    """One of them, whole; the look is noted (RE-11). Raises NotFound."""
    review = await deps.second_reviews.get_second_review(case_id, submission)
    viewer.require_sight_of(review.case)
    require_second_reviewer(review, viewer.actor_id)
    await deps.audit_log.add_entry(about_case(AuditAction.CASE_VIEWED, review.case))
    return await _file(deps, review)


async def decide_second_review(
    deps: Dependencies, case_id: str, submission: int, judgement: Judgement, viewer: Viewer
) -> SecondReviewFile:
    """The second judgement, once. Raises NotFound, SecondReviewGiven, ReasonRequired."""
    known = await deps.second_reviews.get_second_review(case_id, submission)
    viewer.require_sight_of(known.case)
    review = judged_again(known, viewer.actor_id, judgement, at=deps.clock.now())
    facts = {"verdict": judgement.verdict.value, "submission": str(submission)}
    why = judgement.reason.value if judgement.reason else ""
    note = about_case(AuditAction.CASE_REVIEWED_AGAIN, known.case, why, facts)
    if review is not known and not await deps.second_reviews.add_second_judgement(review, note):
        raise SecondReviewGiven()
    return await _file(deps, review)


async def _file(deps: Dependencies, review: SecondReview) -> SecondReviewFile:
    handed_in = await deps.cases.list_materials([review.case.case_id])
    seen = tuple(material for material in handed_in if material.submission <= review.first.submission)
    return SecondReviewFile(review, seen, await find_duplicates(deps, seen))
