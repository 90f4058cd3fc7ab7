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


@dataclass(frozen=True, slots=True)
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
        self._worker: asyncio.Task[None] | None = None

    async def __call__(self, asked: Asked) -> Answer:
        """The answer to this call, once it is committed. Raises what `carry_out` raises for it alone."""
        loop = asyncio.get_running_loop()
        call: _Call[Asked, Answer] = _Call(asked, loop.create_future(), copy_context())
        self._waiting.append(call)
        if self._worker is None:
            # In a context of its own: whoever comes first lends the others neither deadline nor trace.
            self._worker = loop.create_task(self._work(), context=Context())
        return await call.answer

    async def _work(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(0)  # whoever else is ready to call in this moment comes along
                calls = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
                await self._together(calls)
        finally:  # not in a callback, which would come too late for a call that comes in between
            self._worker = None

    async def _together(self, calls: Sequence[_Call[Asked, Answer]]) -> None:
        waited_for = [call for call in calls if not call.answer.done()]  # the others have left
        if len(waited_for) == 1:
            await self._alone(waited_for[0])
        elif waited_for:
            try:
                answers = await self._carry_out([call.asked for call in waited_for])
            except Exception:
                await asyncio.gather(*(self._together([call]) for call in waited_for))
                return
            for call, answer in zip(waited_for, answers, strict=True):
                call.settle(answer)

    async def _alone(self, call: _Call[Asked, Answer]) -> None:
        run = asyncio.get_running_loop().create_task(self._carry_out_one(call.asked), context=call.context)
        try:
            answer = await run
        except Exception as error:
            if not call.answer.done():
                call.answer.set_exception(error)
        else:
            call.settle(answer)

    async def _carry_out_one(self, asked: Asked) -> Answer:
        (answer,) = await self._carry_out([asked])
        return answer
