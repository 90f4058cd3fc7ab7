"""The person beside the proofs: what the reviewer of a case sees of its candidate (RE-3, RE-7)."""

from services.identity.dependencies import Dependencies
from services.identity.domain.candidates import Candidate
from services.identity.domain.staff import Reviewer, Seen
from services.identity.usecases.portraits import read_portrait


async def get_case_candidate(deps: Dependencies, case_id: str, reviewer: Reviewer) -> Candidate:
    """The account of the candidate of a case. Raises review's refusal, NotFound."""
    return await deps.candidates.get_candidate(await deps.review_cases.admit_look(case_id, reviewer, Seen.PARTICULARS))


async def read_case_portrait(deps: Dependencies, case_id: str, reviewer: Reviewer) -> bytes:
    """The portrait on record of the candidate of a case. Raises review's refusal, NotFound."""
    return await read_portrait(deps, await deps.review_cases.admit_look(case_id, reviewer, Seen.PORTRAIT))
