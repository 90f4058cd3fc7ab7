"""What candidates are told, and for what (EN-19, EN-6, PA-12, ID-17)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Final


class MessageKind(Enum):
    """What a message is about."""

    CASE_DECIDED = "CASE_DECIDED"
    TICKET_NUMBER_ISSUED = "TICKET_NUMBER_ISSUED"
    ORDER_PAID = "ORDER_PAID"
    ORDER_EXPIRING = "ORDER_EXPIRING"
    ORDER_ENDED = "ORDER_ENDED"
    ORDER_REFUNDED = "ORDER_REFUNDED"
    RECEIPT_ISSUED = "RECEIPT_ISSUED"
    SELECTIONS_UNPAID = "SELECTIONS_UNPAID"
    PRACTICE_TIME_COLLIDES = "PRACTICE_TIME_COLLIDES"
    PRACTICE_TIME_SET = "PRACTICE_TIME_SET"
    SESSION_CHANGED = "SESSION_CHANGED"
    SESSION_CANCELLED = "SESSION_CANCELLED"
    CORRECTION_REQUIRED = "CORRECTION_REQUIRED"
    CORRECTION_APPROVED = "CORRECTION_APPROVED"
    CORRECTION_REFUSED = "CORRECTION_REFUSED"
    PHONE_CHANGED = "PHONE_CHANGED"
    PHONE_CHANGE_APPROVED = "PHONE_CHANGE_APPROVED"
    PHONE_CHANGE_EFFECTIVE = "PHONE_CHANGE_EFFECTIVE"
    EMAIL_VERIFIED = "EMAIL_VERIFIED"
    EMAIL_CHANGED = "EMAIL_CHANGED"
    PASSWORD_CHANGED = "PASSWORD_CHANGED"  # noqa: S105  # the name of a kind
    ACCOUNT_ENDED = "ACCOUNT_ENDED"


ABOUT_ACCOUNT: Final = frozenset(
    {
        MessageKind.PHONE_CHANGED,
        MessageKind.PHONE_CHANGE_APPROVED,
        MessageKind.PHONE_CHANGE_EFFECTIVE,
        MessageKind.EMAIL_VERIFIED,
        MessageKind.EMAIL_CHANGED,
        MessageKind.PASSWORD_CHANGED,
        MessageKind.ACCOUNT_ENDED,
    }
)
"""What concerns the security of an account: it waits behind no news (ID-17)."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one candidate. `cause` is what it is told for: of one kind and cause a candidate has one message.
    `parameters` are what its texts are made of: names of fields, and values as texts.
    """

    candidate_id: str
    kind: MessageKind
    cause: str
    create_time: datetime
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)
    message_id: str = ""
    """Given when it is kept; ids grow with time, so that of one moment too the newest is the last."""
    read_time: datetime | None = None
