"""How much one source, one account and everybody together may have under way in a process (GW-6, F-29).

What is beyond is refused at once, with a time to come again, and waits nowhere.
"""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from chassis.errors import Overloaded, Refusal
from chassis.telemetry.lock_free_metrics import Gauge
from gateway.errors import TooManyRequestsUnderWay, TooManyStreams, TooManyUploads
from gateway.http.front_door.limits import FrontDoorLimits

RETRY_WHEN_FULL: Final = timedelta(seconds=2)
NOBODY: Final = ""
"""The account of somebody unknown, and the source of whom a proxy does not name: neither is counted."""

IN_PROGRESS: Final = Gauge("zikao_http_in_progress", "Requests being answered.", ["kind"])


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as bounds see it: where from, and the account that their token proves."""

    source: str
    account: str = NOBODY


class Shares:
    """How many of something each key has; a key that has none takes no room."""

    def __init__(self, most: int, refusal: type[Refusal]) -> None:
        self._most = most
        self._refusal = refusal
        self._held: dict[Hashable, int] = {}

    def has_any(self, key: Hashable) -> bool:
        """Whether the key has one already."""
        return key in self._held

    @contextmanager
    def one(self, key: Hashable) -> Iterator[None]:
        """One more for the length of a block; NOBODY is not counted. Raises the refusal."""
        if key == NOBODY:
            yield
            return
        held = self._held.get(key, 0)
        if held >= self._most:
            raise self._refusal(retry_after=RETRY_WHEN_FULL)
        self._held[key] = held + 1
        try:
            yield
        finally:
            self._held[key] -= 1
            if not self._held[key]:
                del self._held[key]


class Total:
    """How many of something the process has, which its metrics say."""

    def __init__(self, kind: str, most: int, refusal: type[Refusal]) -> None:
        self._level = IN_PROGRESS.of(kind)
        self._most = most
        self._refusal = refusal
        self._held = 0

    @property
    def is_half_full(self) -> bool:
        """Whether half of what there may be is taken."""
        return 2 * self._held >= self._most

    @contextmanager
    def one(self) -> Iterator[None]:
        """One more for the length of a block. Raises the refusal."""
        if self._held >= self._most:
            raise self._refusal(retry_after=RETRY_WHEN_FULL)
        self._held += 1
        self._level.now += 1
        try:
            yield
        finally:
            self._held -= 1
            self._level.now -= 1


class CallerBounds:
    """What a process has under way, and for whom."""

    def __init__(self, limits: FrontDoorLimits, *, most_requests: int, most_streams: int) -> None:
        self._requests = Total("request", most_requests, Overloaded)
        self._requests_of_source = Shares(limits.requests_per_source, TooManyRequestsUnderWay)
        self._requests_of_account = Shares(limits.requests_per_account, TooManyRequestsUnderWay)
        self._streams = Total("stream", most_streams, Overloaded)
        self._streams_of_account = Shares(limits.streams_per_account, TooManyStreams)
        self._streams_of_one = Shares(limits.streams_per_order, TooManyStreams)
        self._uploads = Total("upload", limits.uploads, TooManyUploads)
        self._uploads_of_strangers = Total("upload of a stranger", limits.strangers_uploads, TooManyUploads)
        self._uploads_of_source = Shares(limits.uploads_per_source, TooManyUploads)
        self._uploads_of_account = Shares(limits.uploads_per_account, TooManyUploads)

    @contextmanager
    def request(self, caller: Caller) -> Iterator[None]:
        """A request that has arrived whole, while it is answered.

        Raises TooManyRequestsUnderWay where the caller has too many, Overloaded where everybody together has.
        """
        with (
            self._requests_of_source.one(caller.source),
            self._requests_of_account.one(caller.account),
            self._requests.one(),
        ):
            yield

    @contextmanager
    def stream(self, caller: Caller, watched: Hashable) -> Iterator[None]:
        """A stream of what is `watched`. Raises TooManyStreams and Overloaded."""
        with (
            self._streams_of_account.one(caller.account),
            self._streams_of_one.one((caller.account, watched)),
            self._streams.one(),
        ):
            yield

    @contextmanager
    def upload(self, caller: Caller) -> Iterator[None]:
        """A body that is too large to be read for anybody, from before it is read until it is answered.

        Strangers have a small part of the room, so that they cannot take it from those who are known; and of that, who
        has one already has no part in the second half, so that a few sources cannot take it from all others. Raises
        TooManyUploads.
        """
        if caller.account == NOBODY:
            if self._uploads_of_strangers.is_half_full and self._uploads_of_source.has_any(caller.source):
                raise TooManyUploads(retry_after=RETRY_WHEN_FULL)
            with self._uploads_of_source.one(caller.source), self._uploads_of_strangers.one(), self._uploads.one():
                yield
        else:
            with self._uploads_of_account.one(caller.account), self._uploads.one():
                yield
