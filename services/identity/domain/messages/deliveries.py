"""How a message is sent: a state machine, and why a sending may end in vain (EN-19)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final

from chassis.transitions import Transitions, advance
from services.identity.domain.authentication.password_recoveries import verified_address
from services.identity.domain.authentication.recovery_contacts import Contact
from services.identity.domain.candidates import Candidate
from services.identity.domain.contact_addresses import ContactChannel
from services.identity.domain.messages.message_kinds import Message
from services.identity.domain.messages.preferences import MessagePreference
from services.identity.errors import MessageWaits


class DeliveryState(Enum):
    """Where a sending stands."""

    QUEUED = "QUEUED"
    SENT = "SENT"
    FAILED = "FAILED"


class DeliveryEvent(Enum):
    """What moves a sending."""

    TAKEN = "TAKEN"
    TRIED_IN_VAIN = "TRIED_IN_VAIN"
    HOPELESS = "HOPELESS"


class DeliveryFailure(Enum):
    """Why a message was not sent."""

    NO_ADDRESS = "NO_ADDRESS"
    REFUSED = "REFUSED"
    GIVEN_UP = "GIVEN_UP"


_S, _E = DeliveryState, DeliveryEvent

DELIVERY_TRANSITIONS: Final[Transitions[DeliveryState, DeliveryEvent]] = {
    (_S.QUEUED, _E.TAKEN): _S.SENT,
    (_S.QUEUED, _E.TRIED_IN_VAIN): _S.QUEUED,
    (_S.QUEUED, _E.HOPELESS): _S.FAILED,
}

TRIED_FOR: Final = timedelta(hours=24)
"""So long the sender is tried: news that is older helps nobody, and the inbox has it."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One sending of a message. `address` is given where it is not the candidate's choice (ID-17); `channel` is None
    until it is known.
    """

    delivery_id: str
    message_id: str
    create_time: datetime
    channel: ContactChannel | None = None
    address: str = field(default="", repr=False)
    state: DeliveryState = DeliveryState.QUEUED
    tries: int = 0
    failure: DeliveryFailure | None = None
    end_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class ToldMessage:
    """A message with how it was sent, oldest first."""

    message: Message
    deliveries: Sequence[Delivery]

    def require_settled(self) -> None:
        """Raises MessageWaits while a sending is still on its way: it is not sent beside itself."""
        if any(one.state is DeliveryState.QUEUED for one in self.deliveries):
            raise MessageWaits()


def contact_for(delivery: Delivery, candidate: Candidate, preference: MessagePreference) -> Contact | None:
    """Where a message goes: to the address it is meant for, else as the candidate chose, else the other verified way;
    None where nothing is verified: it is read on the pages only.
    """
    if delivery.address and delivery.channel:
        return Contact(delivery.channel, delivery.address)
    others = [channel for channel in ContactChannel if channel is not preference.channel]
    for channel in (preference.channel, *others):
        if address := verified_address(candidate, channel):
            return Contact(channel, address)
    return None


def taken(delivery: Delivery, channel: ContactChannel, *, at: datetime) -> Delivery:
    """The sender took it. Raises IllegalMove where it has ended."""
    return _moved(delivery, DeliveryEvent.TAKEN, channel=channel, tries=delivery.tries + 1, end_time=at)


def tried_in_vain(delivery: Delivery, channel: ContactChannel, *, at: datetime) -> Delivery:
    """The sender could not be reached: it is tried again, until that helps nobody. Raises IllegalMove where it has
    ended.
    """
    tried = replace(delivery, channel=channel, tries=delivery.tries + 1)
    if at - delivery.create_time >= TRIED_FOR:
        return hopeless(tried, DeliveryFailure.GIVEN_UP, at=at)
    return _moved(tried, DeliveryEvent.TRIED_IN_VAIN)


def hopeless(delivery: Delivery, failure: DeliveryFailure, *, at: datetime) -> Delivery:
    """It ends unsent. Raises IllegalMove where it has ended."""
    return _moved(delivery, DeliveryEvent.HOPELESS, failure=failure, end_time=at)


def _moved(delivery: Delivery, event: DeliveryEvent, **changed: Any) -> Delivery:
    return replace(delivery, state=advance(DELIVERY_TRANSITIONS, delivery.state, event), **changed)
