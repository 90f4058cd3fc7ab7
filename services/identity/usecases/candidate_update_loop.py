"""The three beats of every change of an account: read, decide, apply; decided anew when somebody else was faster. What
recovers the account changes only where that was allowed, and is told with the change (ID-17).
"""

from collections.abc import Callable

from chassis.audit_log.notes import AuditNote
from chassis.optimistic_retry import until_applied
from services.identity.dependencies import Dependencies
from services.identity.domain.authentication.recovery_contacts import RecoveryChange, recovery_change
from services.identity.domain.candidates import Candidate
from services.identity.errors import AccountEnded
from services.identity.usecases.authentication.recent_proofs import require_recent_proof
from services.identity.usecases.messages import tell_recovery_change


async def change_candidate(
    deps: Dependencies,
    candidate_id: str,
    decide: Callable[[Candidate], Candidate],
    noted: AuditNote | None = None,
    *,
    login_session_id: str = "",
) -> Candidate:
    """The account as `decide` makes it of the present one; what staff do is `noted` with it (RE-11). What is done in a
    login session changes what recovers the account only after a recent proof in it (ID-17).

    Raises what `decide` raises, NotFound, AccountEnded, RecentProofRequired, Contention.
    """

    async def attempt() -> Candidate | None:
        before = await deps.candidates.get_candidate(candidate_id)
        if before.ended:
            raise AccountEnded()
        after = decide(before)
        if after is before:
            return after
        told = recovery_change(before, after)
        if told is not None and login_session_id:
            await require_recent_proof(deps, candidate_id, login_session_id)
        return after if await _replaced(deps, before, after, noted, told) else None

    return await until_applied(attempt)


async def _replaced(
    deps: Dependencies, before: Candidate, after: Candidate, noted: AuditNote | None, told: RecoveryChange | None
) -> bool:
    if noted is None and told is None:
        return await deps.candidates.replace_candidate(before, after)
    async with deps.transaction() as together:
        if not await together.candidates.replace_candidate(before, after):
            return False
        if told is not None:
            await tell_recovery_change(together, told)
        if noted is not None:
            await together.audit_log.add_entry(noted, at=deps.clock.now())
    return True
