"""The sandbox's register (ID-7): `POST /register/match` with `{document_number, name, portrait_base64}` answers 200
with `{result: MATCH | MISMATCH | UNKNOWN_PERSON}` and is free of side effects.
"""

import base64
import json
from datetime import timedelta

import httpx

from services.identity.adapters.police_registers.register_http import RETRY_AFTER, ask_register
from services.identity.domain.identity_checks import RegisterAnswer
from services.identity.errors import RegisterUnavailable
from services.identity.ports.face_matcher import RegisterQuestion


class SandboxRegister:
    """Asks at a URL."""

    def __init__(self, http: httpx.AsyncClient, base_url: str, timeout: timedelta) -> None:
        self._http = http
        self._url = f"{base_url}/register/match"
        self._timeout = timeout

    async def match(self, question: RegisterQuestion) -> RegisterAnswer:
        """What the register says. Raises RegisterUnavailable for what is no answer in time (F-18)."""
        body = {
            "document_number": question.document.number,
            "name": question.name,
            "portrait_base64": base64.b64encode(question.portrait).decode(),
        }
        said = await ask_register(self._http, self._url, json.dumps(body).encode(), {}, within=self._timeout)
        try:
            return RegisterAnswer(said.get("result"))
        except ValueError as nonsense:
            raise RegisterUnavailable(retry_after=RETRY_AFTER) from nonsense
