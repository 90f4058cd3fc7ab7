"""How a candidate wants to be told, and in which language (EN-19)."""

from dataclasses import dataclass
from enum import Enum

from services.identity.domain.authentication.password_recoveries import verified_address
from services.identity.domain.candidates import Candidate
from services.identity.domain.contact_addresses import ContactChannel
from services.identity.errors import MessageEmailUnverified


class Language(Enum):
    """In which language somebody is told."""

    ZH = "ZH"
    EN = "EN"


@dataclass(frozen=True, slots=True)
class MessagePreference:
    """What a candidate chose; by SMS and in Chinese until then."""

    channel: ContactChannel = ContactChannel.PHONE
    language: Language = Language.ZH


def require_reachable(preference: MessagePreference, candidate: Candidate) -> None:
    """Raises MessageEmailUnverified for e-mail while none is verified."""
    if preference.channel is ContactChannel.EMAIL and not verified_address(candidate, ContactChannel.EMAIL):
        raise MessageEmailUnverified()
