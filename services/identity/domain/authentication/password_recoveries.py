"""Recovering a forgotten password by a code to the verified phone or e-mail, the only ways (ID-4)."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Final

from services.identity.domain.candidates import Candidate
from services.identity.domain.contact_addresses import ContactChannel
from services.identity.errors import CodeInvalid

CODE_TTL: Final = timedelta(minutes=5)
CODE_DIGITS: Final = 6
CODE_TRIES: Final = 5
"""So many attempts at one code; a sixth finds it dead whatever it says."""

SENDING_WINDOW: Final = timedelta(minutes=10)
"""The time in which only so many codes go to one phone or e-mail."""


@dataclass(frozen=True, slots=True)
class PasswordRecovery:
    """A recovery that somebody asked for. `candidate_id` is empty when the name they gave is nobody's, and `sent_to`
    until the code is on its way.
    """

    password_recovery_id: str
    candidate_id: str
    login_name: str = field(repr=False)
    channel: ContactChannel
    code: str = field(repr=False)
    create_time: datetime
    expire_time: datetime
    known_device: bool = False
    """Whether it was asked for by a device that the account had logged in on (F-28)."""
    sent_to: str = field(default="", repr=False)


def new_recovery(
    password_recovery_id: str,
    candidate_id: str,
    login_name: str,
    channel: ContactChannel,
    *,
    known_device: bool,
    at: datetime,
) -> PasswordRecovery:
    """A recovery with a code of its own; one for nobody is made alike, so that it cannot be told from the others."""
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    return PasswordRecovery(
        password_recovery_id, candidate_id, login_name, channel, code, at, at + CODE_TTL, known_device
    )


def verified_address(candidate: Candidate, channel: ContactChannel) -> str:
    """The verified phone or e-mail to which a code may go (ID-4); empty when there is none."""
    if channel is ContactChannel.PHONE:
        return candidate.phone if candidate.phone_verify_time is not None else ""
    return candidate.details.email if candidate.email_verify_time is not None else ""


def require_code(recovery: PasswordRecovery | None, code: str) -> PasswordRecovery:
    """The recovery, if `code` is its own. Raises CodeInvalid, which does not say what was wrong."""
    if recovery is None or not compare_digest(recovery.code, code):
        raise CodeInvalid()
    return recovery


def require_same_address(recovery: PasswordRecovery, candidate: Candidate) -> None:
    """Raises CodeInvalid when the code went to a phone or e-mail that is no longer the verified one."""
    if not recovery.sent_to or recovery.sent_to != verified_address(candidate, recovery.channel):
        raise CodeInvalid()
