"""What recovers an account (ID-4): when it changes, and who is told of it (ID-17)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import Final

from services.identity.domain.authentication.password_recoveries import verified_address
from services.identity.domain.candidates import Candidate
from services.identity.domain.contact_addresses import ContactChannel, masked_email, masked_phone
from services.identity.domain.messages.message_kinds import Message, MessageKind


class Changed(Enum):
    """What of it changed."""

    PHONE = "PHONE"
    EMAIL = "EMAIL"
    NO_EMAIL = "NO_EMAIL"
    """A verified e-mail recovers no more."""

    PASSWORD = "PASSWORD"  # noqa: S105  # no secret


@dataclass(frozen=True, slots=True)
class Contact:
    """One way to reach a person."""

    channel: ContactChannel
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RecoveryChange:
    """A change to be told: to whom, and what of the new phone or e-mail is shown."""

    candidate_id: str
    changed: Changed
    told: Sequence[Contact]
    shown: str = ""


_TOLD_AS: Final[Mapping[Changed, MessageKind]] = {
    Changed.PHONE: MessageKind.PHONE_CHANGED,
    Changed.EMAIL: MessageKind.EMAIL_VERIFIED,
    Changed.NO_EMAIL: MessageKind.EMAIL_CHANGED,
    Changed.PASSWORD: MessageKind.PASSWORD_CHANGED,
}


def recovery_message(change: RecoveryChange, cause: str, at: datetime) -> Message:
    """What is told of a change; `cause` is the id of the change."""
    return Message(change.candidate_id, _TOLD_AS[change.changed], cause, at, {"shown": change.shown})


def recovery_change(before: Candidate, after: Candidate) -> RecoveryChange | None:
    """What changes of what recovers the account; None for nothing. What a new candidate states first is no change:
    nobody else could have recovered the account before.
    """
    if not (before.phone or before.email_verify_time or before.enrolled):
        return None
    if after.phone != before.phone:
        return _told(before, Changed.PHONE, masked_phone(after.phone))
    email = verified_address(after, ContactChannel.EMAIL)
    if email == verified_address(before, ContactChannel.EMAIL):
        return None
    change = _told(before, Changed.EMAIL if email else Changed.NO_EMAIL, masked_email(email))
    # The address that has just proven itself by a code is no news to itself.
    return replace(change, told=[one for one in change.told if one.address != email])


def password_change(candidate: Candidate, *, recovered_by: ContactChannel | None = None) -> RecoveryChange:
    """Another password. One that was recovered by a code is told by the other channels: the code was news enough."""
    change = _told(candidate, Changed.PASSWORD, "")
    return replace(change, told=[one for one in change.told if one.channel is not recovered_by])


def contacts_on_record(candidate: Candidate) -> Sequence[Contact]:
    """Every way to reach a person, also where it was not verified: a phone that came with an import (ID-15), an e-mail
    that was stated.
    """
    on_record = (
        Contact(ContactChannel.PHONE, candidate.phone),
        Contact(ContactChannel.EMAIL, candidate.details.email),
    )
    return [one for one in on_record if one.address]


def _told(before: Candidate, changed: Changed, shown: str) -> RecoveryChange:
    return RecoveryChange(before.candidate_id, changed, contacts_on_record(before), shown)
