"""A real register, asked as docs/police-register.md says (ID-7)."""

import base64
import hashlib
import hmac
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

import httpx

from chassis.clock import Clock
from chassis.external_systems.passive_health import Monitor, MonitoredClient
from chassis.ids import new_id
from chassis.telemetry.logs import get_logger
from services.identity.adapters.police_registers.register_http import RETRY_AFTER, ask_register
from services.identity.config import PoliceConfig
from services.identity.domain.identity_checks import RegisterAnswer
from services.identity.errors import RegisterUnavailable
from services.identity.ports.face_matcher import RegisterQuestion

_log = get_logger(__name__)

PATH: Final = "/v1/face-comparisons"

OUTCOMES: Final[Mapping[str, RegisterAnswer]] = {
    "SAME_PERSON": RegisterAnswer.MATCH,
    "DIFFERENT_PERSON": RegisterAnswer.MISMATCH,
    "NOT_ON_RECORD": RegisterAnswer.UNKNOWN_PERSON,
}
"""What the register says. Whatever else it says, such as that it could not compare, is no answer and so no try."""


class RealRegister:
    """Asks the register that the configuration names."""

    def __init__(self, http: httpx.AsyncClient, config: PoliceConfig, clock: Clock) -> None:
        self._http = http
        self._config = config
        self._url = config.url.rstrip("/") + PATH
        self._clock = clock

    async def match(self, question: RegisterQuestion) -> RegisterAnswer:
        """What the register says. Raises RegisterUnavailable for what is no answer in time (F-18)."""
        comparison_id = new_id()
        asked = {
            "comparisonId": comparison_id,
            "documentType": question.document.type.value,
            "documentNumber": question.document.number,
            "name": question.name,
            "portrait": {"mediaType": "image/jpeg", "base64": base64.b64encode(question.portrait).decode()},
        }
        body = json.dumps(asked, ensure_ascii=False).encode()
        headers = self._signed(comparison_id, body)
        said = await ask_register(self._http, self._url, body, headers, within=self._config.timeout)
        answer = OUTCOMES.get(str(said.get("outcome")))
        if answer is None or said.get("comparisonId") != comparison_id:
            _log.warning("the register answered something else", comparison_id=comparison_id)
            raise RegisterUnavailable(retry_after=RETRY_AFTER)
        return answer

    def _signed(self, comparison_id: str, body: bytes) -> Mapping[str, str]:
        timestamp = str(int(self._clock.now().timestamp()))
        return {
            "x-client-id": self._config.client_id,
            "x-timestamp": timestamp,
            "x-signature": signature(self._config.secret.get_secret_value().encode(), timestamp, comparison_id, body),
        }


def signature(secret: bytes, timestamp: str, comparison_id: str, body: bytes) -> str:
    """HMAC-SHA256, in hex, of what is asked, when, and under which number."""
    digest = hashlib.sha256(body).hexdigest()
    signed = f"POST\n{PATH}\n{timestamp}\n{comparison_id}\n{digest}"
    return hmac.new(secret, signed.encode(), hashlib.sha256).hexdigest()


@asynccontextmanager
async def real_register(config: PoliceConfig, monitor: Monitor, clock: Clock) -> AsyncIterator[RealRegister]:
    """The register, with connections of its own, for the length of a block."""
    limits = httpx.Limits(max_connections=config.connections, max_keepalive_connections=config.connections)
    async with MonitoredClient(monitor, verify=_tls(config), limits=limits, follow_redirects=False) as http:
        yield RealRegister(http, config, clock)


def _tls(config: PoliceConfig) -> ssl.SSLContext:
    """Who is believed to be the register, and who we are."""
    context = ssl.create_default_context(cafile=config.ca_file)
    if config.cert_file is not None:
        context.load_cert_chain(config.cert_file, config.key_file)
    return context
