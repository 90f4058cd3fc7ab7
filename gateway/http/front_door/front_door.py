"""The front door of a process, as API and pages use it: who asks, and whether there is room for what they ask."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self

from chassis.process.admission_control import AdmissionControl
from chassis.security.tokens import Verifier
from gateway.http.front_door.authenticator import Authenticator
from gateway.http.front_door.caller_bounds import NOBODY, Caller, CallerBounds
from gateway.http.front_door.limits import FrontDoorLimits
from gateway.http.front_door.sources import Sources


@dataclass(frozen=True, slots=True)
class FrontDoor:
    """What stands before API and pages alike; one for a process."""

    sources: Sources
    authenticator: Authenticator
    admission: AdmissionControl
    bounds: CallerBounds
    small_body_bytes: int
    leaving: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the process is about to end: streams end, and browsers open them anew elsewhere."""

    @classmethod
    def of(
        cls,
        limits: FrontDoorLimits,
        sources: Sources,
        verifier: Verifier,
        admission: AdmissionControl,
        *,
        most_requests: int,
        most_streams: int,
    ) -> Self:
        """The front door of a process that answers so many requests and streams at once."""
        bounds = CallerBounds(limits, most_requests=most_requests, most_streams=most_streams)
        return cls(sources, Authenticator(verifier), admission, bounds, limits.small_body_bytes)

    def caller(self, address: str, account: str = NOBODY) -> Caller:
        """Who asks from an address, by the account that their token proves."""
        return Caller(self.sources.of_request(address), account)

    async def leaves_within(self, seconds: float) -> bool:
        """Waits so long; True at once when the process is about to end."""
        try:
            async with asyncio.timeout(seconds):
                return await self.leaving.wait()
        except TimeoutError:
            return False

    @contextmanager
    def body(self, caller: Caller, headers: Mapping[bytes, bytes]) -> Iterator[None]:
        """Room for the body that these headers announce, until the request is answered: a small one needs none.

        Raises TooManyUploads.
        """
        if self.is_small(headers):
            yield
        else:
            with self.bounds.upload(caller):
                yield

    def is_small(self, headers: Mapping[bytes, bytes]) -> bool:
        """Whether the body that these headers announce is read for anybody."""
        if b"transfer-encoding" in headers:
            return False
        length = headers.get(b"content-length", b"0")
        return length.isdigit() and int(length) <= self.small_body_bytes
