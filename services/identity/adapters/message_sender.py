"""Text messages and e-mails over HTTP (ID-4, ID-10).

The contract: `POST /messages` with `{message_id, channel, to, template, params, text}` answers 202; the same
`message_id` again sends nothing twice. Phones are written as carriers here expect them: mainland numbers without
country code.
"""

from datetime import timedelta
from typing import Final

import httpx

from chassis.telemetry.logs import get_logger
from services.identity.domain.contact_addresses import ContactChannel
from services.identity.errors import MessageInDoubt, MessageRefused, MessagesUnavailable
from services.identity.ports.message_sender import OutgoingMessage

_log = get_logger(__name__)

RETRY_AFTER: Final = timedelta(seconds=10)
CHANNELS: Final = {ContactChannel.PHONE: "SMS", ContactChannel.EMAIL: "EMAIL"}
MAINLAND: Final = "+86"
UNCONNECTED: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
REFUSED: Final = frozenset({*range(400, 500), 503})
"""After any other failure the sender may have taken the message without our hearing of it."""
NOT_TO_THEM: Final = frozenset({400, 404, 410, 422})
"""The message itself is refused: its phone or e-mail is none, or takes nothing."""


class HttpMessageSender:
    """Hands messages over to the sender at a URL."""

    def __init__(self, http: httpx.AsyncClient, base_url: str, timeout: timedelta) -> None:
        self._http = http
        self._url = f"{base_url}/messages"
        self._timeout = timeout.total_seconds()

    async def send(self, message: OutgoingMessage) -> None:
        """Hands a message over. Raises MessagesUnavailable, or of its kind MessageInDoubt and MessageRefused."""
        body: dict[str, object] = {
            "message_id": message.message_id,
            "channel": CHANNELS[message.channel],
            "to": message.to.removeprefix(MAINLAND),
            "template": message.template,
            "params": {},
            "text": message.text,
        }
        try:
            answer = await self._http.post(self._url, json=body, timeout=self._timeout)
            answer.raise_for_status()
        except httpx.HTTPError as silent:
            _log.warning("a message could not be handed over", error=type(silent).__name__)
            if isinstance(silent, httpx.HTTPStatusError) and silent.response.status_code in NOT_TO_THEM:
                raise MessageRefused(retry_after=RETRY_AFTER) from silent
            if _surely_not_taken(silent):
                raise MessagesUnavailable(retry_after=RETRY_AFTER) from silent
            raise MessageInDoubt(retry_after=RETRY_AFTER) from silent


def _surely_not_taken(silent: httpx.HTTPError) -> bool:
    if isinstance(silent, httpx.HTTPStatusError):
        return silent.response.status_code in REFUSED
    return isinstance(silent, UNCONNECTED)
