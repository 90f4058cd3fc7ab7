"""A real register, asked as docs/police-register.md says (ID-7)."""

import base64
import hashlib
import hmac
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

import httpx

from chassis.clock import Clock
from chassis.external_systems.monitors import Monitor, MonitoredClient
from chassis.ids import new_id
from chassis.telemetry.logs import get_logger
from services.identity.adapters.registers.asking import RETRY_AFTER, ask
from services.identity.config import PoliceConfig
from services.identity.domain.candidate import Answer
from services.identity.errors import RegisterUnavailable
from services.identity.ports.images import Likeness

_log = get_logger(__name__)

PATH: Final = "/v1/face-comparisons"

OUTCOMES: Final[Mapping[str, Answer]] = {
    "SAME_PERSON": Answer.MATCH,
    "DIFFERENT_PERSON": Answer.MISMATCH,
    "NOT_ON_RECORD": Answer.UNKNOWN_PERSON,
}
"""What the register says. Whatever else it says, such as that it could not compare, is no answer and so no try."""


class PoliceRegister:
    """The port `FaceMatcher`."""

    def __init__(self, http: httpx.AsyncClient, config: PoliceConfig, clock: Clock) -> None:
        self._http = http
        self._config = config
        self._url = config.url.rstrip("/") + PATH
        self._clock = clock

    async def match(self, likeness: Likeness) -> Answer:
        """As the port says."""
        comparison_id = new_id()
        question = {
            "comparisonId": comparison_id,
            "documentType": likeness.document.type.value,
            "documentNumber": likeness.document.number,
            "name": likeness.name,
            "portrait": {"mediaType": "image/jpeg", "base64": base64.b64encode(likeness.portrait).decode()},
        }
        body = json.dumps(question, ensure_ascii=False).encode()
        headers = self._signed(comparison_id, body)
        within = timedelta(seconds=self._config.seconds)
        said = await ask(self._http, self._url, body, headers, within=within)
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
async def police_register(config: PoliceConfig, line: Monitor, clock: Clock) -> AsyncIterator[PoliceRegister]:
    """The register, with connections of its own, for the length of a block."""
    limits = httpx.Limits(max_connections=config.connections, max_keepalive_connections=config.connections)
    async with MonitoredClient(line, verify=_tls(config), limits=limits, follow_redirects=False) as http:
        yield PoliceRegister(http, config, clock)


def _tls(config: PoliceConfig) -> ssl.SSLContext:
    """Who is believed to be the register, and who we are."""
    context = ssl.create_default_context(cafile=config.ca_file)
    if config.cert_file is not None:
        context.load_cert_chain(config.cert_file, config.key_file)
    return context
