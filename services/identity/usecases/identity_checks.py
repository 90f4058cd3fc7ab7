"""Is the person who the document says? The police register answers, or a reviewer does (ID-7, ID-8, RE-6)."""

from services.identity.dependencies import Dependencies
from services.identity.domain.candidates import (
    Candidate,
    IdentityEvent,
    IdentityState,
    comparison,
    require_checkable,
    sent_to_review,
    with_answer,
    with_decision,
)
from services.identity.ports.face_matcher import RegisterQuestion
from services.identity.ports.review_cases import identity_case_id
from services.identity.usecases.candidate_update_loop import change_candidate


async def verify_identity(deps: Dependencies, candidate_id: str) -> Candidate:
    """The account after the identity check (ID-7, ID-8).

    Nothing is written before the register has answered, so an outage costs nothing (F-14, F-18). Its answer counts only
    if no other answer was counted since the question, so simultaneous checks are one try. A person verified or under
    review is not compared again. Raises PortraitMissing, IdentityRejected, RegisterUnavailable, CheckOvertaken.
    """
    candidate = await deps.candidates.get_candidate(candidate_id)
    require_checkable(candidate)
    if candidate.identity_state is not IdentityState.PENDING:
        return candidate
    case_id = identity_case_id(candidate_id)
    if not candidate.face_matched:
        now = deps.clock.now()
        return await change_candidate(deps, candidate_id, lambda known: sent_to_review(known, case_id=case_id, at=now))
    asked = comparison(candidate)
    portrait = await deps.blobs.get(candidate.portrait.key) if candidate.portrait else b""
    answer = await deps.face_matcher.match(RegisterQuestion(candidate.document, candidate.name, portrait))
    now = deps.clock.now()
    return await change_candidate(
        deps, candidate_id, lambda known: with_answer(known, asked, answer, case_id=case_id, at=now)
    )


async def decide_identity(deps: Dependencies, candidate_id: str, case_id: str, decision: IdentityEvent) -> Candidate:
    """What a reviewer decided takes effect (RE-6)."""
    now = deps.clock.now()
    return await change_candidate(deps, candidate_id, lambda known: with_decision(known, case_id, decision, at=now))
