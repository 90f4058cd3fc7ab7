"""Asking a register over HTTP: whatever is not an answer, in time and of a sensible size, is no answer (F-18)."""

import asyncio
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import httpx

from chassis.telemetry.logs import get_logger
from services.identity.errors import RegisterUnavailable

_log = get_logger(__name__)

RETRY_AFTER: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(minutes=10)
MOST_BYTES: Final = 64 * 1024


async def ask_register(
    http: httpx.AsyncClient, url: str, body: bytes, headers: Mapping[str, str], *, within: timedelta
) -> dict[str, Any]:
    """The JSON object that a register answers with status 200. Raises RegisterUnavailable for anything else, and when
    the whole answer is not there in time, however steadily it drips.
    """
    wait = RETRY_AFTER
    try:
        async with asyncio.timeout(within.total_seconds()):
            sent = {"content-type": "application/json", **headers}
            async with http.stream("POST", url, content=body, headers=sent, timeout=None) as answer:
                wait = _retry_after(answer)
                return _object(answer, await _bounded(answer))
    except (httpx.HTTPError, TimeoutError, ValueError) as silent:
        # What a register says wrongly may hold personal data; a status does not.
        status = str(silent) if type(silent) is ValueError else ""
        _log.warning("the register did not answer", error=type(silent).__name__, status=status)
        raise RegisterUnavailable(retry_after=wait) from silent


async def _bounded(answer: httpx.Response) -> bytes:
    content = b""
    async for piece in answer.aiter_bytes():
        content += piece
        if len(content) > MOST_BYTES:
            raise ValueError("too long")
    return content


def _object(answer: httpx.Response, content: bytes) -> dict[str, Any]:
    if answer.status_code != httpx.codes.OK:
        raise ValueError(f"status {answer.status_code}")
    said = json.loads(content)
    if not isinstance(said, dict):
        raise ValueError("not an object")  # noqa: TRY004  # the register's mistake, not a caller's
    return said


def _retry_after(answer: httpx.Response) -> timedelta:
    """How long the register wants to be left alone; a number of seconds, of which absurd ones are cut."""
    seconds = answer.headers.get("retry-after", "")
    return min(timedelta(seconds=int(seconds[:6])), LONGEST_WAIT) if seconds.isdecimal() else RETRY_AFTER
