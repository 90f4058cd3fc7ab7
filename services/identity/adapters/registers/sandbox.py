"""The sandbox's register (ID-7): `POST /register/match` with `{document_number, name, portrait_base64}` answers 200
with `{result: MATCH | MISMATCH | UNKNOWN_PERSON}` and is free of side effects.
"""

import base64
import json
from datetime import timedelta

import httpx

from services.identity.adapters.registers.asking import RETRY_AFTER, ask
from services.identity.domain.candidate import Answer
from services.identity.errors import RegisterUnavailable
from services.identity.ports.images import Likeness


class SandboxRegister:
    """The port `FaceMatcher`."""

    def __init__(self, http: httpx.AsyncClient, base_url: str, timeout: timedelta) -> None:
        self._http = http
        self._url = f"{base_url}/register/match"
        self._timeout = timeout

    async def match(self, likeness: Likeness) -> Answer:
        """As the port says."""
        question = {
            "document_number": likeness.document.number,
            "name": likeness.name,
            "portrait_base64": base64.b64encode(likeness.portrait).decode(),
        }
        said = await ask(self._http, self._url, json.dumps(question).encode(), {}, within=self._timeout)
        try:
            return Answer(said.get("result"))
        except ValueError as nonsense:
            raise RegisterUnavailable(retry_after=RETRY_AFTER) from nonsense
