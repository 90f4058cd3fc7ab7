"""Login sessions (登录会话), who opens them, and their tokens (ID-3, ID-14)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from services.identity.domain.attempt_limits import require_positive
from services.identity.domain.documents import Document
from services.identity.errors import RefreshTokenInvalid, RefreshTokenReused

ACCESS_TTL: Final = timedelta(minutes=15)
REFRESH_TTL: Final = timedelta(days=14)
MOST_REPEATS: Final = 16
"""How many renewals in a row are followed from a refresh token that comes again to the newest one."""

MOST_LOGIN_SESSIONS: Final = 20
"""Live login sessions per account; opening one more ends the oldest."""


@dataclass(frozen=True, slots=True)
class StaffLoginLimits:
    """When login sessions of staff end (ID-18): `idle` after the last thing somebody did, `longest` after the login."""

    idle: timedelta = timedelta(minutes=30)
    longest: timedelta = timedelta(hours=12)

    def __post_init__(self) -> None:
        require_positive(self)


@dataclass(frozen=True, slots=True)
class LoginTokenRules:
    """How long an access token is good for, at most fifteen minutes (ID-14); and how long after its use a refresh token
    that comes again gets the same successor: two tabs, a lost answer (GW-8).
    """

    access_for: timedelta = ACCESS_TTL
    same_successor_for: timedelta = timedelta(seconds=60)

    def __post_init__(self) -> None:
        require_positive(self)
        if self.access_for > ACCESS_TTL:
            raise ValueError("access tokens are good for at most 15 minutes")


class AccountKind(Enum):
    """Whose login session it is."""

    CANDIDATE = "CANDIDATE"
    REVIEWER = "REVIEWER"
    OPERATOR = "OPERATOR"


@dataclass(frozen=True, slots=True)
class Account:
    """Who can log in: what tokens say about them."""

    subject_id: str
    kind: AccountKind
    organisation: str = ""
    needs_password_change: bool = False
    disabled: bool = False
    has_second_factor: bool = False


@dataclass(frozen=True, slots=True)
class Device:
    """From where somebody logs in: a network address, what the browser or tool calls itself, and by what it is known
    from earlier logins (empty: by nothing).
    """

    source: str = field(repr=False)
    user_agent: str
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """A pair of tokens, as only their owner ever sees them; after a login, the device's token too."""

    account: Account
    needs_second_factor: bool
    login_session_id: str
    access_token: str = field(repr=False)
    access_expire_time: datetime
    refresh_token: str = field(repr=False)
    refresh_expire_time: datetime
    device_token: str = field(default="", repr=False)
    device_expire_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class LoginSession:
    """One login of an account, on one device."""

    login_session_id: str
    subject_id: str
    kind: AccountKind
    user_agent: str
    create_time: datetime
    refresh_time: datetime
    expire_time: datetime
    proven_time: datetime
    """When its owner last proved to be it, by a password or a second factor (ID-17)."""

    factor_time: datetime | None = None
    """When a second factor was proven in it (ID-18)."""

    provider_id: str = ""
    """The organisation's provider by which it was opened (ID-18); empty for a password."""


def first_end(kind: AccountKind, limits: StaffLoginLimits, *, at: datetime) -> datetime:
    """When a login session opened `at` ends unless its tokens are refreshed (ID-14, ID-18)."""
    return at + (REFRESH_TTL if kind is AccountKind.CANDIDATE else min(limits.idle, limits.longest))


@dataclass(frozen=True, slots=True)
class Renewal:
    """A login session whose tokens were refreshed: whose it is, and when it ends now."""

    login_session_id: str
    subject_id: str
    expire_time: datetime
    factor_time: datetime | None = None
    provider_id: str = ""


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A refresh token as it is kept: never itself, only what became of it."""

    login_session_id: str
    expire_time: datetime
    use_time: datetime | None
    session_ended: bool


def require_used_just_now(token: RefreshToken | None, rules: LoginTokenRules, *, at: datetime) -> None:
    """A `token` that could not be exchanged gets its successor again if its use is no longer ago than the rules say.

    Raises RefreshTokenInvalid and RefreshTokenReused.
    """
    if token is None or token.session_ended or token.expire_time <= at:
        raise RefreshTokenInvalid()
    if token.use_time is None or at - token.use_time > rules.same_successor_for:
        raise RefreshTokenReused()


@dataclass(frozen=True, slots=True)
class Credentials:
    """What proves that somebody is the account's owner: a password's hash, or the document whose end is the initial
    password (ID-3).
    """

    account: Account
    password_hash: str | None = field(repr=False)
    document: Document | None = None
