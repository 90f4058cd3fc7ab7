"""The journey's HTTP client: every call names what it expects; anything else is a deviation that ends the journey."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import httpx

from cli.journey.clients.latency_meter import Meter
from cli.terminal.known_failures import KnownFailure

Json = dict[str, Any]

RETRY_SECONDS = 60.0
RETRY_PAUSE_SECONDS = 0.2
PASSING_STATUSES = frozenset({429, 502, 503, 504})
"""Answers of a suite that is busy or restarting: a person's browser would try again, so the journey does."""


class Deviation(KnownFailure):
    """Something was not as the rules say. The text says what was expected and what came instead."""


def expect(step: str, expected: object, found: object) -> None:
    """Raises Deviation where something else was found than what the rules say."""
    if found != expected:
        raise Deviation(f"{step}: expected {expected}, got {found}")


def identified(**body: object) -> Json:
    """A body with a request id of its own, so that repeating the call is safe."""
    return {**body, "requestId": str(uuid.uuid4())}


@dataclass(frozen=True, slots=True)
class Caller:
    """Speaks to one base URL, as somebody (`token`) or nobody."""

    http: httpx.AsyncClient
    meter: Meter
    base_url: str
    token: str | None = None

    def as_holder_of(self, token: str) -> "Caller":
        """The same caller with a bearer token."""
        return replace(self, token=token)

    async def get(self, step: str, path: str, **query: str) -> Json:
        """Reads; expects 200 and a JSON object."""
        return (await self.call(step, "GET", path, params=query)).json()

    async def read_until(
        self, step: str, reading: str, path: str, holds: Callable[[Json], object], within_seconds: float, **query: str
    ) -> Json:
        """Reads again and again until the answer holds. Raises Deviation when it does not within the time the rule
        allows. `step` is what is waited for, `reading` each time it is read.
        """
        return await eventually(step, self.meter, lambda: self.get(reading, path, **query), holds, within_seconds)

    async def send(self, step: str, method: str, path: str, body: Json) -> Json:
        """Changes something; expects 200 and a JSON object."""
        return (await self.call(step, method, path, json=body)).json()

    async def upload(self, step: str, method: str, path: str, content: bytes, content_type: str = "image/jpeg") -> Json:
        """Sends a file; expects 200 and a JSON object."""
        return (await self.call(step, method, path, content=content, headers={"content-type": content_type})).json()

    async def refused(self, step: str, method: str, path: str, body: Json | None, reason: str) -> Json:
        """Tries something that the rules forbid; expects a problem with this reason and returns it."""
        content = {} if body is None else {"json": body}
        answer = await self.call(step, method, path, status=None, **content)
        problem = answer.json() if answer.headers.get("content-type", "").startswith("application/problem+json") else {}
        if answer.is_success or problem.get("reason") != reason:
            raise Deviation(
                f"{step}: expected a refusal with reason {reason}, got {answer.status_code} {answer.text[:500]}"
            )
        return problem

    async def call(
        self, step: str, method: str, path: str, *, status: int | None = 200, **content: Any
    ) -> httpx.Response:
        """One request, repeated while the suite is busy or restarting, for at most a minute.

        Every change carries a request id or a natural key, so repeating it is safe.
        """
        headers: Mapping[str, str] = {**content.pop("headers", {}), **self._authority()}
        with self.meter.step(step):
            answer = await self._persist(step, method, path, headers, content)
        if status is not None and answer.status_code != status:
            raise Deviation(
                f"{step}: expected {method} {path} to answer {status}, got {answer.status_code} {answer.text[:500]}"
            )
        return answer

    async def _persist(
        self, step: str, method: str, path: str, headers: Mapping[str, str], content: Mapping[str, Any]
    ) -> httpx.Response:
        deadline = time.monotonic() + RETRY_SECONDS
        while True:
            try:
                answer = await self.http.request(method, self.base_url + path, headers=headers, **content)
                if answer.status_code not in PASSING_STATUSES or time.monotonic() > deadline:
                    return answer
            except httpx.TransportError as gone:
                if time.monotonic() > deadline:
                    raise Deviation(
                        f"{step}: no answer from {self.base_url} for {RETRY_SECONDS:.0f} s ({type(gone).__name__})"
                    ) from gone
            await asyncio.sleep(RETRY_PAUSE_SECONDS)

    def _authority(self) -> Mapping[str, str]:
        return {"authorization": f"Bearer {self.token}"} if self.token else {}


async def eventually(
    step: str, meter: Meter, look: Callable[[], Awaitable[Json]], holds: Callable[[Json], object], within_seconds: float
) -> Json:
    """Looks again and again until the answer holds; a deviation when it does not within the time the rule allows."""
    deadline = time.monotonic() + within_seconds
    with meter.step(step):
        while not holds(seen := await look()):
            if time.monotonic() > deadline:
                raise Deviation(f"{step}: expected within {within_seconds:.0f} s, last seen {str(seen)[:500]}")
            await asyncio.sleep(0.1)
    return seen
