"""What a reviewer does with a case: claim, release, decide, undo (RE-4, RE-12)."""

from chassis.audit_log.notes import AuditAction
from chassis.errors import StaleEtag
from services.review.dependencies import Dependencies
from services.review.domain import cases as rules
from services.review.domain.cases import Case, Judgement
from services.review.domain.viewers import Viewer
from services.review.errors import DecisionInEffect
from services.review.usecases.audit_notes import about_case
from services.review.usecases.case_update_loop import change_case


async def claim_case(deps: Dependencies, case_id: str, viewer: Viewer) -> Case:
    """The reviewer's until the lease is over. Raises NotFound, CaseClaimed, CaseNotWaiting, Contention."""

    async def decide(case: Case) -> Case:
        viewer.require_sight_of(case)
        return rules.claimed(case, viewer.actor_id, at=deps.clock.now(), lease=deps.config.claim_lease)

    return await change_case(deps, case_id, decide, AuditAction.CASE_CLAIMED)


async def release_case(deps: Dependencies, case_id: str, viewer: Viewer) -> Case:
    """Back in the queue. Raises NotFound, Contention."""

    async def decide(case: Case) -> Case:
        viewer.require_sight_of(case)
        return rules.released(case, viewer.actor_id, at=deps.clock.now())

    return await change_case(deps, case_id, decide, AuditAction.CASE_RELEASED)


async def decide_case(deps: Dependencies, case_id: str, judgement: Judgement, viewer: Viewer) -> Case:
    """The submission decided, once (F-14); some decisions, drawn by lot, are judged a second time (RE-9).

    The same decision again is answered as it stands: a process may die after the decision and before its answer (F-13).
    Raises NotFound, CaseClaimed, CaseNotClaimed, StaleEtag, ReasonRequired, SubmissionsUsedUp.
    """
    before = await deps.cases.get_case(case_id)
    viewer.require_sight_of(before)
    if judgement.etag != before.etag and await _repeats(deps, before, viewer, judgement):
        return before
    sampled = deps.random() < deps.config.double_review_share
    now = deps.clock.now()
    after, decision = rules.decided(
        before, viewer.actor_id, judgement, at=now, effect=now + deps.config.undo_time, sampled=sampled
    )
    reason = judgement.reason.value if judgement.reason else ""
    facts = {"verdict": judgement.verdict.value, "submission": str(before.submission)}
    note = about_case(AuditAction.CASE_DECIDED, before, reason, facts)
    if not await deps.cases.replace_case(before, after, note, decision):
        raise StaleEtag()
    return after


async def undo_decision(deps: Dependencies, case_id: str, viewer: Viewer) -> Case:
    """The reviewer's again, and the decision as if it had not been made (RE-12): it has reached nobody.

    Raises NotFound, CaseWithdrawn, DecisionInEffect.
    """
    before = await deps.cases.get_case(case_id)
    viewer.require_sight_of(before)
    made = await deps.cases.list_decisions([case_id])
    last = next((one for one in made if one.submission == before.submission), None)
    now, lease = deps.clock.now(), deps.config.claim_lease
    after = rules.undone(before, last, viewer.actor_id, at=now, lease=lease)
    if after is before or last is None:
        return before
    facts = {"verdict": last.verdict.value, "submission": str(last.submission)}
    note = about_case(AuditAction.DECISION_UNDONE, before, facts=facts)
    if not await deps.cases.undo_decision(before, after, note):
        raise DecisionInEffect()
    return after


async def _repeats(deps: Dependencies, case: Case, viewer: Viewer, judgement: Judgement) -> bool:
    decisions = await deps.cases.list_decisions([case.case_id])
    return bool(decisions) and rules.repeats(case, decisions[-1], viewer.actor_id, judgement)
