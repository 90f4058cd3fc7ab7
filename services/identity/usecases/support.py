"""What an operator who answers the telephone does about one person (OP-3): finds them by exactly what they say, and
ends their login sessions, or the account of whoever is not who it says (ID-15).
"""

from collections.abc import Sequence

from chassis.audit_log.notes import AuditAction, AuditNote
from chassis.errors import Contention
from chassis.optimistic_retry import until_applied
from services.identity.dependencies import Dependencies
from services.identity.domain.accounts_of_number import Change
from services.identity.domain.candidate_searches import CandidateSearch
from services.identity.domain.candidates import Candidate
from services.identity.domain.identity_checks import ended_by_operator
from services.identity.usecases.account_endings import apply_changes
from services.identity.usecases.authentication.revocations import learn_revocations
from services.identity.usecases.looks import note_look


async def search_candidates(deps: Dependencies, search: CandidateSearch) -> Sequence[Candidate]:
    """Whoever fits what was said, the newest first; the search and everybody found are noted first (ID-19)."""
    found = await deps.candidates.search_candidates(search)
    facts = {"by": " ".join(search.means), "found": str(len(found))}
    note = AuditNote(AuditAction.CANDIDATES_SEARCHED, "candidates", "", facts=facts)
    await deps.audit_log.add_entry(note, at=deps.clock.now())
    for candidate in found:
        await note_look(deps, AuditAction.CANDIDATES_SEARCHED, candidate.candidate_id)
    return found


async def end_candidate_logins(deps: Dependencies, candidate_id: str, reason: str) -> int:
    """Ends the candidate's login sessions; how many there were. Raises NotFound."""
    await deps.candidates.get_candidate(candidate_id)
    note = AuditNote(AuditAction.CANDIDATE_LOGINS_ENDED, "candidate", candidate_id, candidate_id, reason)
    async with deps.transaction() as together:
        ended = await together.login_sessions.end_all_login_sessions(candidate_id, at=deps.clock.now())
        await together.audit_log.add_entry(note, at=deps.clock.now())
    await learn_revocations(deps)
    return ended


async def end_candidate_account(deps: Dependencies, candidate_id: str, reason: str) -> Candidate:
    """Ends an account that was never verified, with all that was open; its owner is told (ID-15). Raises NotFound,
    AccountVerified, Contention.
    """
    note = AuditNote(AuditAction.CANDIDATE_ACCOUNT_ENDED, "candidate", candidate_id, candidate_id, reason)

    async def attempt() -> Candidate | None:
        before, now = await deps.candidates.get_candidate(candidate_id), deps.clock.now()
        after = ended_by_operator(before, at=now)
        if after is before:
            return after
        try:
            async with deps.transaction() as together:
                await apply_changes(together, [Change(before, after)])
                await together.audit_log.add_entry(note, at=now)
        except Contention:
            return None
        return after

    ended = await until_applied(attempt)
    await learn_revocations(deps)
    return ended
