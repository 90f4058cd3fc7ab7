"""Calls that share a statement: those that come while one is under way go together into the next.

A call that comes alone is carried out at once, so nothing ever waits for company. In a burst the calls of a moment
share a round trip and a commit, and each is still answered only when its own part is committed. What is carried out for
one caller alone has that caller's deadline and trace; what is shared has nobody's, and each caller waits no longer than
its own deadline.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")

MOST: Final = 64
"""Calls that share a statement at most: a statement must stay short."""


@dataclass(frozen=True, slots=True, eq=False)
class _Call(Generic[Asked, Answer]):
    asked: Asked
    answer: "asyncio.Future[Answer]"
    context: Context

    def settle(self, answer: Answer) -> None:
        """Gives the answer to whoever still waits for it."""
        if not self.answer.done():
            self.answer.set_result(answer)


class Batcher(Generic[Asked, Answer]):
    """Carries out calls of one kind, several at a time when several come."""

    def __init__(self, carry_out: Callable[[Sequence[Asked]], Awaitable[Sequence[Answer]]]) -> None:
        """`carry_out` does several in one transaction, all or none, and answers in their order.

        When it raises, each of them is carried out alone, so that an error reaches only the caller who caused it.
        """
        self._carry_out = carry_out
        self._waiting: deque[_Call[Asked, Answer]] = deque()
        self._round: asyncio.Task[None] | None = None

    async def __call__(self, asked: Asked) -> Answer:
        """The answer to this call, once it is committed. Raises what `carry_out` raises for it alone."""
        call: _Call[Asked, Answer] = _Call(asked, asyncio.get_running_loop().create_future(), copy_context())
        self._waiting.append(call)
        if self._round is None:
            self._begin_round()
        return await call.answer

    def _begin_round(self) -> None:
        first = self._waiting[0]
        self._round = asyncio.get_running_loop().create_task(self._carry_out_waiting(first), context=first.context)

    async def _carry_out_waiting(self, first: _Call[Asked, Answer]) -> None:
        """A round, in the context of the call that came first: it needs no other when it stays alone."""
        try:
            await asyncio.sleep(0)  # whoever else is ready to call in this moment comes along
            calls = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
            if (waited_for := _waited_for(calls)) == [first]:
                await self._alone(first)
            elif waited_for:
                await asyncio.get_running_loop().create_task(self._together(waited_for), context=Context())
        finally:  # not in a callback, which would come too late for a call that comes in between
            self._round = None
        if self._waiting:
            self._begin_round()

    async def _together(self, calls: Sequence[_Call[Asked, Answer]]) -> None:
        if len(calls) > 1:
            try:
                answers = await self._carry_out([call.asked for call in calls])
            except Exception:
                calls = _waited_for(calls)
            else:
                for call, answer in zip(calls, answers, strict=True):
                    call.settle(answer)
                return
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.create_task(self._alone(call), context=call.context) for call in calls))

    async def _alone(self, call: _Call[Asked, Answer]) -> None:
        try:
            (answer,) = await self._carry_out([call.asked])
        except Exception as error:
            if not call.answer.done():
                call.answer.set_exception(error)
        else:
            call.settle(answer)


def _waited_for(calls: Sequence[_Call[Asked, Answer]]) -> Sequence[_Call[Asked, Answer]]:
    """Those whose callers have not left."""
    return [call for call in calls if not call.answer.done()]
