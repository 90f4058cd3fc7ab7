"""The police register over HTTP (ID-7).

The contract: `POST /register/match` with `{document_number, name, portrait_base64}` answers 200 with
`{result: MATCH | MISMATCH | UNKNOWN_PERSON}` and is free of side effects. Anything else (another status, a timeout,
words that are none of these) is no answer, and so no try (F-18).
"""

import base64
from datetime import timedelta
from typing import Final

import httpx

from chassis.logs import get_logger
from services.identity.domain.candidate import Answer
from services.identity.errors import RegisterUnavailable
from services.identity.ports import Likeness

_log = get_logger(__name__)

RETRY_AFTER: Final = timedelta(seconds=30)


class HttpRegister:
    """The port `FaceMatcher`."""

    def __init__(self, http: httpx.AsyncClient, base_url: str, timeout: timedelta) -> None:
        self._http = http
        self._url = f"{base_url}/register/match"
        self._timeout = timeout.total_seconds()

    async def match(self, likeness: Likeness) -> Answer:
        """As the port says."""
        body = {
            "document_number": likeness.document.number,
            "name": likeness.name,
            "portrait_base64": base64.b64encode(likeness.portrait).decode(),
        }
        try:
            answer = await self._http.post(self._url, json=body, timeout=self._timeout)
            answer.raise_for_status()
            return Answer(answer.json()["result"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as silent:
            _log.warning("the register did not answer", error=type(silent).__name__)
            raise RegisterUnavailable(retry_after=RETRY_AFTER) from silent
