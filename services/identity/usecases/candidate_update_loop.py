"""The three beats of every change of an account: read, decide, apply; decided anew when somebody else was faster."""

from collections.abc import Callable

from chassis.audit_log.notes import AuditAction, AuditNote
from chassis.optimistic_retry import until_applied
from services.identity.dependencies import Dependencies
from services.identity.domain.candidates import Candidate
from services.identity.errors import AccountEnded


async def change_candidate(
    deps: Dependencies, candidate_id: str, decide: Callable[[Candidate], Candidate], noted: AuditAction | None = None
) -> Candidate:
    """The account as `decide` makes it of the present one; what staff do is `noted` with it (RE-11). Raises what
    `decide` raises, NotFound, AccountEnded, Contention.
    """

    async def attempt() -> Candidate | None:
        before = await deps.candidates.get_candidate(candidate_id)
        if before.ended:
            raise AccountEnded()
        after = decide(before)
        return after if after is before or await _replaced(deps, before, after, noted) else None

    return await until_applied(attempt)


async def _replaced(deps: Dependencies, before: Candidate, after: Candidate, noted: AuditAction | None) -> bool:
    if noted is None:
        return await deps.candidates.replace_candidate(before, after)
    async with deps.transaction() as together:
        if not await together.candidates.replace_candidate(before, after):
            return False
        note = AuditNote(noted, "candidate", after.candidate_id, after.candidate_id)
        await together.audit_log.add_entry(note, at=deps.clock.now())
    return True
