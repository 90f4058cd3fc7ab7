"""Is the person who the document says? The police register answers, or a reviewer does (ID-7, ID-8, RE-6)."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, time, timedelta

from chassis.clock import SHANGHAI
from chassis.errors import Contention
from chassis.optimistic_retry import until_applied
from services.identity.dependencies import Dependencies
from services.identity.domain.accounts_of_number import number_settled
from services.identity.domain.candidates import Candidate, IdentityEvent, IdentityState
from services.identity.domain.identity_checks import (
    IdentityCheck,
    comparison,
    counted_answer,
    require_checkable,
    sent_to_review,
    with_answer,
    with_decision,
)
from services.identity.errors import AccountEnded, NumberProvenElsewhere, RegisterAskedOften, RegisterUnavailable
from services.identity.ports.face_matcher import RegisterQuestion
from services.identity.ports.review_cases import identity_case_id
from services.identity.usecases.account_endings import apply_changes
from services.identity.usecases.candidate_update_loop import change_candidate


async def verify_identity(deps: Dependencies, candidate_id: str, request_id: str = "") -> IdentityCheck:
    """The identity check, and the account after it (ID-7, ID-8).

    Nothing is written before the register has answered, so an outage costs nothing (F-14, F-18). Its answer counts only
    if no other answer was counted since the question, so simultaneous checks are one try. A person verified or under
    review is not compared again, nor is anybody for the same request again (F-10). Raises PortraitMissing,
    IdentityRejected, RegisterUnavailable, CheckOvertaken, AccountEnded; RegisterAskedOften, and NumberProvenElsewhere
    when another account had the number already (ID-15).
    """
    candidate = await deps.candidates.get_candidate(candidate_id)
    require_checkable(candidate)
    if candidate.identity_state is not IdentityState.PENDING:
        return IdentityCheck(candidate)
    case_id = identity_case_id(candidate_id)
    if not candidate.face_matched:
        now = deps.clock.now()
        return IdentityCheck(
            await change_candidate(deps, candidate_id, lambda known: sent_to_review(known, case_id=case_id, at=now))
        )
    if counted := counted_answer(candidate, request_id):
        return IdentityCheck(candidate, counted)
    asked = comparison(candidate)
    portrait = await deps.blobs.get(candidate.portrait.key) if candidate.portrait else b""
    async with _counted(deps, candidate):
        answer = await deps.face_matcher.match(RegisterQuestion(candidate.document, candidate.name, portrait))
    now = deps.clock.now()
    settled = await _settled(
        deps,
        candidate,
        lambda known: with_answer(known, asked, answer, case_id=case_id, at=now, request_id=request_id),
        now,
    )
    if settled.ended:
        raise NumberProvenElsewhere()
    return IdentityCheck(settled, answer)


async def decide_identity(deps: Dependencies, candidate_id: str, case_id: str, decision: IdentityEvent) -> Candidate:
    """What a reviewer decided takes effect (RE-6): an approval proves the document number (ID-15). `deps` are inside
    the transaction that notes the decision as received.
    """
    now, known = deps.clock.now(), await deps.candidates.get_candidate(candidate_id)
    if known.ended:
        return known
    return await _settle(deps, known, lambda candidate: with_decision(candidate, case_id, decision, at=now), now)


async def _settled(
    deps: Dependencies, candidate: Candidate, decide: Callable[[Candidate], Candidate], now: datetime
) -> Candidate:
    """The same as `_settle`, in a transaction of its own, and again when somebody else was faster."""

    async def attempt() -> Candidate | None:
        try:
            async with deps.transaction() as together:
                return await _settle(together, candidate, decide, now)
        except Contention:
            return None

    return await until_applied(attempt)


async def _settle(
    deps: Dependencies, candidate: Candidate, decide: Callable[[Candidate], Candidate], now: datetime
) -> Candidate:
    """The account as `decide` makes it, and what that does to the others with its number (ID-15), together. The
    accounts are locked: of two that prove one number at once, the second finds that the first has it.
    """
    carriers = await deps.candidates.list_carriers([candidate.document], lock=True)
    before = next((one for one in carriers if one.candidate_id == candidate.candidate_id), None)
    if before is None:
        raise AccountEnded()
    changes = number_settled(carriers, before, decide(before), at=now)
    await apply_changes(deps, changes)
    return changes[0].after


@asynccontextmanager
async def _counted(deps: Dependencies, candidate: Candidate) -> AsyncIterator[None]:
    """A question to the register, if there may be one more today (ID-15); one that it does not answer does not count.
    Raises RegisterAskedOften with the time until midnight in Shanghai.
    """
    local = deps.clock.now().astimezone(SHANGHAI)
    if not await deps.candidates.count_register_question(candidate.document, local.date()):
        midnight = datetime.combine(local.date() + timedelta(days=1), time(), SHANGHAI)
        raise RegisterAskedOften(retry_after=midnight - local)
    try:
        yield
    except RegisterUnavailable:
        await deps.candidates.uncount_register_question(candidate.document, local.date())
        raise
