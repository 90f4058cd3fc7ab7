"""The reviewer's desk: claim, release, decide (RE-4)."""

from datetime import timedelta

from chassis.clock import Clock
from chassis.errors import StaleEtag
from services.review.domain import case as rules
from services.review.domain.audit import Action, Note
from services.review.domain.case import Case, Judgement
from services.review.ports import Cases
from services.review.usecases.changes import change
from services.review.usecases.viewer import Viewer


async def claim(case_id: str, viewer: Viewer, *, lease: timedelta, cases: Cases, clock: Clock) -> Case:
    """The reviewer's until the lease is over. Raises NotFound, CaseClaimed, CaseNotWaiting, Contention."""

    async def decide(case: Case) -> Case:
        viewer.require_sight_of(case)
        return rules.claimed(case, viewer.actor_id, at=clock.now(), lease=lease)

    return await change(cases, case_id, decide, Note(viewer.actor_id, Action.CASE_CLAIMED, case_id))


async def release(case_id: str, viewer: Viewer, *, cases: Cases, clock: Clock) -> Case:
    """Back in the queue. Raises NotFound, Contention."""

    async def decide(case: Case) -> Case:
        viewer.require_sight_of(case)
        return rules.released(case, viewer.actor_id, at=clock.now())

    return await change(cases, case_id, decide, Note(viewer.actor_id, Action.CASE_RELEASED, case_id))


async def decide(
    case_id: str, judgement: Judgement, viewer: Viewer, *, sampled: bool, cases: Cases, clock: Clock
) -> Case:
    """The submission decided, once (F-14); a `sampled` decision is judged a second time (RE-9). The same decision again
    is answered as it stands: a process may die after the decision and before its answer (F-13).

    Raises NotFound, CaseClaimed, CaseNotClaimed, StaleEtag, ReasonRequired, SubmissionsUsedUp.
    """
    before = await cases.get(case_id)
    viewer.require_sight_of(before)
    if judgement.etag != before.etag and await _repeats(before, viewer, judgement, cases):
        return before
    after, decision = rules.decided(before, viewer.actor_id, judgement, at=clock.now(), sampled=sampled)
    reason = judgement.reason.value if judgement.reason else ""
    facts = {"verdict": judgement.verdict.value, "reason": reason, "submission": str(before.submission)}
    note = Note(viewer.actor_id, Action.CASE_DECIDED, case_id, facts=facts)
    if not await cases.replace(before, after, note, decision):
        raise StaleEtag()
    return after


async def _repeats(case: Case, viewer: Viewer, judgement: Judgement, cases: Cases) -> bool:
    decisions = await cases.decisions([case.case_id])
    return bool(decisions) and rules.repeats(case, decisions[-1], viewer.actor_id, judgement)
