"""State machines as tables: (state, event) → state; what is not in the table cannot happen."""

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

from chassis.errors import IllegalMove

S = TypeVar("S", bound=Enum)
E = TypeVar("E", bound=Enum)

Transitions = Mapping[tuple[S, E], S]


def advance(table: Transitions[S, E], state: S, event: E) -> S:
    """The state that `event` leads to. Raises IllegalMove where the table has no such move."""
    following = table.get((state, event))
    if following is None:
        raise IllegalMove(state=state.value, event=event.value)
    return following
