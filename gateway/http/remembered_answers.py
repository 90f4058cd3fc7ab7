"""What public reads were last answered, for as long as the service that answers them is away (GW-7).

Only what is the same for all is remembered, so nothing of it belongs to somebody.
"""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from google.protobuf.message import Message

from chassis.call_context import current_call
from chassis.errors import PASSING, Refusal
from chassis.telemetry.logs import get_logger

_log = get_logger(__name__)

MOST_BYTES: Final = 32 * 1024 * 1024
"""Of all that is remembered: more than the catalogue in every narrowing that people look at."""

ASKED_AGAIN_AFTER_SECONDS: Final = 2.0
"""A service that was away is not waited for again so soon by who can be answered from memory: one that hangs costs each
waiting caller the whole time that a call may take.
"""

Ask = Callable[..., Awaitable[Any]]
"""A call of a peer: takes a request, `timeout` and `metadata`."""
Key = tuple[str, bytes, str]


@dataclass(frozen=True, slots=True)
class Remembered:
    """An answer and when it was given, in seconds of `time.monotonic()`."""

    answer: Any
    size: int
    when: float


class RememberedAnswers:
    """The last answers of this process, the newest of them."""

    def __init__(self, readable_for: timedelta) -> None:
        """`readable_for`: how old an answer may be."""
        self._readable_seconds = readable_for.total_seconds()
        self._kept: OrderedDict[Key, Remembered] = OrderedDict()
        self._size = 0
        self._away_until: dict[str, float] = {}

    def around(self, path: str, ask: Ask) -> Ask:
        """The call of the RPC at `path`, answered from memory while its service is away. What is answered is shared:
        nobody changes it.
        """

        async def asked(request: Any, **how: Any) -> Any:
            wire = request if isinstance(request, bytes) else request.SerializeToString(deterministic=True)
            call = current_call()
            key = (path, wire, call.text("accept-language") if call else "")
            kept = self._readable(key)
            if kept is not None and time.monotonic() < self._away_until.get(path, 0.0):
                return kept.answer
            try:
                answer = await ask(request, **how)
            except Refusal as refusal:
                kept = self._readable(key)
                if refusal.code not in PASSING or kept is None:
                    raise
                self._away_until[path] = time.monotonic() + ASKED_AGAIN_AFTER_SECONDS
                _log.warning("answered from memory", rpc=path, reason=refusal.reason)
                return kept.answer
            self._away_until.pop(path, None)
            self._keep(key, answer)
            return answer

        return asked

    def _readable(self, key: Key) -> Remembered | None:
        kept = self._kept.get(key)
        too_old = kept is None or time.monotonic() > kept.when + self._readable_seconds
        return None if too_old else kept

    def _keep(self, key: Key, answer: bytes | Message) -> None:
        before = self._kept.pop(key, None)
        size = len(answer) if isinstance(answer, bytes) else answer.ByteSize()
        self._kept[key] = Remembered(answer, size, time.monotonic())
        self._size += size - (before.size if before else 0)
        while self._size > MOST_BYTES:
            self._size -= self._kept.popitem(last=False)[1].size
