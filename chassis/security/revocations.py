"""Login sessions that have ended while access tokens of theirs may still be valid (F-32): kept in memory by every
process that verifies tokens, for as long as a token can last.

Identity tells of them (`chassis/rpc/revocation_watch.py`); no request asks.
"""

import hashlib
from asyncio import Queue
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chassis.clock import Clock
from chassis.errors import Code, Refusal

SILENCE: Final = timedelta(seconds=10)
"""Who has heard nothing for so long no longer knows whose tokens are good."""
DIGEST_BYTES: Final = 16
CLEARED_FROM: Final = 1024
"""Fewer entries than this are not looked through for expired ones."""


class RevocationsUnknown(Refusal):
    """Nobody has said for ten seconds whose login sessions have ended, so staff are kept waiting; or nobody yet in a
    process that has just started, so everybody is (F-32).
    """

    reason = "REVOCATIONS_UNKNOWN"
    code = Code.UNAVAILABLE
    zh = "暂时无法核验登录状态，请稍后重试。"
    en = "Whose login has ended cannot be told at the moment. Please try again shortly."


@dataclass(frozen=True, slots=True)
class Revocation:
    """A login session has ended; `expire_time` is when its last access token ends by itself."""

    login_session_digest: bytes
    expire_time: datetime


News = Sequence[Revocation]


def digest_of(login_session_id: str) -> bytes:
    """By what a login session is told of: nobody learns its id from that."""
    return hashlib.sha256(login_session_id.encode()).digest()[:DIGEST_BYTES]


class Revocations:
    """What this process has heard of."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._expire_times: dict[bytes, datetime] = {}
        self._clear_at = CLEARED_FROM
        self.heard_until: datetime | None = None
        """The latest expire time among all that was heard of, from which to go on."""
        self._follow_time: datetime | None = None
        self._heard_time: datetime | None = None
        self._readers: set[Queue[News]] = set()
        self._endings: defaultdict[bytes, set[Callable[[], object]]] = defaultdict(set)

    @property
    def unknown(self) -> bool:
        """Whether somebody follows identity here and has heard nothing, or not for `SILENCE`."""
        if self._follow_time is None:
            return False
        return self._heard_time is None or self._clock.now() - self._heard_time > SILENCE

    @property
    def starting(self) -> bool:
        """Whether this process has just begun to follow and has heard nothing at all: what ended before it started is
        unknown. Over with the first word from identity, which tells all of it, or after `SILENCE` without any.
        """
        if self._follow_time is None or self._heard_time is not None:
            return False
        return self._clock.now() - self._follow_time <= SILENCE

    def follow(self) -> None:
        """From now on silence matters; where nobody follows, as in a test of one service, it does not."""
        self._follow_time = self._follow_time or self._clock.now()

    def hear(self, revocations: Iterable[Revocation] = ()) -> None:
        """Identity has spoken: what it says is kept, readers are told what is new, and streams of these login sessions
        end.
        """
        self._heard_time = now = self._clock.now()
        news = [
            each
            for each in revocations
            if each.expire_time > now and each.login_session_digest not in self._expire_times
        ]
        if not news:
            return
        latest = max(each.expire_time for each in news)
        self.heard_until = latest if self.heard_until is None else max(latest, self.heard_until)
        self._expire_times.update((each.login_session_digest, each.expire_time) for each in news)
        for reader in self._readers:
            reader.put_nowait(news)
        for each in news:
            for end in list(self._endings.get(each.login_session_digest, ())):
                end()
        self._clear(now)

    def has_ended(self, login_session_id: str) -> bool:
        """Whether the login session is known to have ended."""
        return bool(self._expire_times) and digest_of(login_session_id) in self._expire_times

    def since(self, heard_until: datetime | None) -> News:
        """What expires after an instant, or everything."""
        if heard_until is None:
            return [Revocation(*each) for each in self._expire_times.items()]
        return [Revocation(*each) for each in self._expire_times.items() if each[1] > heard_until]

    @contextmanager
    def news(self) -> Iterator["Queue[News]"]:
        """Everything new that is heard during a block."""
        reader: Queue[News] = Queue()
        self._readers.add(reader)
        try:
            yield reader
        finally:
            self._readers.discard(reader)

    @contextmanager
    def ending(self, login_session_id: str, end: Callable[[], object]) -> Iterator[None]:
        """Has `end` called when the login session ends during a block."""
        digest = digest_of(login_session_id)
        self._endings[digest].add(end)
        try:
            yield
        finally:
            self._endings[digest].discard(end)
            if not self._endings[digest]:
                del self._endings[digest]

    def _clear(self, now: datetime) -> None:
        if len(self._expire_times) >= self._clear_at:
            self._expire_times = {digest: ends for digest, ends in self._expire_times.items() if ends > now}
            self._clear_at = max(CLEARED_FROM, 2 * len(self._expire_times))
