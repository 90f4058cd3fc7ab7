"""The three beats of every change of an account: read, decide, apply; decided anew when somebody else was faster."""

from collections.abc import Callable

from chassis.optimistic_retry import until_applied
from services.identity.dependencies import Dependencies
from services.identity.domain.candidates import Candidate


async def change_candidate(
    deps: Dependencies, candidate_id: str, decide: Callable[[Candidate], Candidate]
) -> Candidate:
    """The account as `decide` makes it of the present one. Raises what `decide` raises, NotFound, Contention."""

    async def attempt() -> Candidate | None:
        before = await deps.candidates.get_candidate(candidate_id)
        after = decide(before)
        return after if after is before or await deps.candidates.replace_candidate(before, after) else None

    return await until_applied(attempt)
