"""The three beats of every change of a case: read, decide, apply; decided anew when somebody else was faster."""

from collections.abc import Awaitable, Callable
from typing import Final

from chassis.errors import Contention
from services.review.domain.audit import Note
from services.review.domain.case import Case
from services.review.ports import Cases

ROUNDS: Final = 5


async def change(cases: Cases, case_id: str, decide: Callable[[Case], Awaitable[Case]], note: Note) -> Case:
    """The case as `decide` makes it of the present one. Raises what `decide` raises, NotFound, and Contention after
    five rounds.
    """
    for _ in range(ROUNDS):
        before = await cases.get(case_id)
        after = await decide(before)
        if after is before or await cases.replace(before, after, note):
            return after
    raise Contention()
