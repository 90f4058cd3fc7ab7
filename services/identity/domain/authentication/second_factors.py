"""Second factors of staff: codes of an authenticator app, passkeys, backup codes (ID-17, ID-18)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import pyotp

from chassis.errors import SecondFactorRequired
from services.identity.domain.spellings import plain_number
from services.identity.errors import (
    EnrolmentExpired,
    LastSecondFactor,
    NoSecondFactor,
    RecentProofRequired,
    TotpEnrolled,
    WrongSecondFactor,
)

CHALLENGE_TTL: Final = timedelta(minutes=5)
STEP_SECONDS: Final = 30
STEPS_AROUND: Final = 1
"""How many steps a clock of an authenticator app may be wrong, either way."""

ISSUER: Final = "Zikao 自考报名"
BACKUP_CODES: Final = 10
BACKUP_CODE_LENGTH: Final = 16
"""Characters of base32: 80 bits, which nobody guesses, so that a keyed hash is enough to keep them."""


@dataclass(frozen=True, slots=True)
class StaffLogin:
    """A member of staff in one of their login sessions."""

    staff_id: str
    login_session_id: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What was proven in a login session: `proven_time`, that its owner is there; `factor_time`, by a second factor.
    `provider_id` is the organisation's provider by which it was opened, if any.
    """

    proven_time: datetime
    factor_time: datetime | None = None
    provider_id: str = ""

    def require_recent(self, *, at: datetime, good_for: timedelta) -> None:
        """Raises RecentProofRequired when it is older than what a proof is good for (ID-17)."""
        if at - self.proven_time > good_for:
            raise RecentProofRequired()

    def require_factor(self) -> None:
        """Raises SecondFactorRequired when no second factor was proven in the login session (ID-18)."""
        if self.factor_time is None:
            raise SecondFactorRequired()


@dataclass(frozen=True, slots=True)
class Totp:
    """An authenticator app; it proves nothing until it is confirmed."""

    secret: str = field(repr=False)
    confirm_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class PasskeyCredential:
    """What an authenticator made: its name there, the key that verifies it, and how often it has signed."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey of a member of staff."""

    passkey_id: str
    staff_id: str
    passkey_name: str
    credential_id: bytes
    public_key: bytes
    sign_count: int
    create_time: datetime
    use_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class PasskeyQuestion:
    """What an authenticator is asked: a challenge, and all of it as JSON for the browser."""

    challenge: bytes = field(repr=False)
    options_json: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SecondFactors:
    """All factors of a member of staff."""

    totp: Totp | None = None
    passkeys: Sequence[Passkey] = ()
    backup_codes_left: int = 0

    @property
    def has_totp(self) -> bool:
        """Whether an authenticator app can prove."""
        return self.totp is not None and self.totp.confirm_time is not None

    @property
    def enrolled(self) -> int:
        """How many factors there are; backup codes only stand in for one."""
        return len(self.passkeys) + self.has_totp

    def require_may_change(self, proof: Proof, *, at: datetime, good_for: timedelta) -> None:
        """Raises SecondFactorRequired while an enrolled factor was not proven in the login session, and
        RecentProofRequired when the last proof is too old (ID-17).
        """
        if self.enrolled:
            proof.require_factor()
        proof.require_recent(at=at, good_for=good_for)

    def may_change(self, proof: Proof, *, at: datetime, good_for: timedelta) -> bool:
        """Whether `require_may_change` lets pass."""
        try:
            self.require_may_change(proof, at=at, good_for=good_for)
        except (SecondFactorRequired, RecentProofRequired):
            return False
        return True

    def require_new_totp(self) -> None:
        """Raises TotpEnrolled when there is an app already."""
        if self.has_totp:
            raise TotpEnrolled()

    def require_one_to_spare(self, *, required: bool) -> None:
        """Raises LastSecondFactor when the role must have one and this is the last."""
        if required and self.enrolled <= 1:
            raise LastSecondFactor()

    def require_any(self) -> None:
        """Raises NoSecondFactor."""
        if not self.enrolled:
            raise NoSecondFactor()


def confirmed_step(totp: Totp | None, code: str, *, at: datetime) -> int:
    """The step of an enrolment's first code. Raises EnrolmentExpired where none is under way, WrongSecondFactor."""
    if totp is None or totp.confirm_time is not None:
        raise EnrolmentExpired()
    return proven_step(totp, code, at=at)


def proven_step(totp: Totp, code: str, *, at: datetime) -> int:
    """The time step in which an app shows `code`: the newest, so that nothing older is ever accepted after it. Raises
    WrongSecondFactor.
    """
    generator, now, code = pyotp.TOTP(totp.secret), int(at.timestamp()) // STEP_SECONDS, plain_number(code)
    for step in range(now + STEPS_AROUND, now - STEPS_AROUND - 1, -1):
        if pyotp.utils.strings_equal(generator.generate_otp(step), code):
            return step
    raise WrongSecondFactor()


def otpauth_uri(totp: Totp, login_name: str) -> str:
    """The secret as an authenticator app scans it."""
    return pyotp.TOTP(totp.secret).provisioning_uri(name=login_name, issuer_name=ISSUER)


def shown_backup_code(code: str) -> str:
    """A backup code in groups of four."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def normal_backup_code(typed: str) -> str:
    """A backup code however it is written: digits that base32 does not have are the letters that look like them."""
    return "".join(typed.split()).replace("-", "").upper().translate(str.maketrans("018", "OIB"))
