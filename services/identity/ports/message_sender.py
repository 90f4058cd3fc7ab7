"""Text messages and e-mails."""

from dataclasses import dataclass, field
from typing import Protocol

from services.identity.domain.contact_addresses import ContactChannel


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message to a person. `to` is a phone in E.164 or an e-mail address; `message_id` makes sending it twice
    harmless.
    """

    message_id: str
    channel: ContactChannel
    to: str = field(repr=False)
    template: str
    text: str = field(repr=False)


class MessageSender(Protocol):
    """Sends text messages and e-mails."""

    async def send(self, message: OutgoingMessage) -> None:
        """Hands a message over. Raises MessagesUnavailable, or of its kind MessageInDoubt and MessageRefused."""
        ...
