"""What an operator who answers the telephone does about one person (OP-3): finds them by exactly what they say, and
ends their login sessions.
"""

from collections.abc import Sequence

from chassis.audit_log.notes import AuditAction, AuditNote
from services.identity.dependencies import Dependencies
from services.identity.domain.candidate_searches import CandidateSearch
from services.identity.domain.candidates import Candidate
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
        await together.audit_log.add_entry(note, at=deps.clock.now())
        return await together.login_sessions.end_all_login_sessions(candidate_id, at=deps.clock.now())
