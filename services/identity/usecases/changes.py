"""The three beats of every change of an account: read, decide, apply; decided anew when somebody else was faster."""

from collections.abc import Callable
from typing import Final

from chassis.errors import Contention
from services.identity.domain.candidate import Candidate
from services.identity.ports import Candidates

ROUNDS: Final = 5


async def change(candidates: Candidates, candidate_id: str, decide: Callable[[Candidate], Candidate]) -> Candidate:
    """The account as `decide` makes it of the present one. Raises what `decide` raises, NotFound, and Contention after
    five rounds.
    """
    for _ in range(ROUNDS):
        before = await candidates.get(candidate_id)
        after = decide(before)
        if after is before or await candidates.replace(before, after):
            return after
    raise Contention()
