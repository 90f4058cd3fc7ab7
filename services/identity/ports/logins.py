"""Proving who one is: passwords, login sessions, recoveries (ID-1, ID-4, ID-14)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from services.identity.domain.logins import Account, Credentials, LoginSession, RefreshToken
from services.identity.domain.recoveries import PasswordRecovery


class Logins(Protocol):
    """Passwords, login sessions and refresh tokens."""

    async def find(self, login_name: str) -> Credentials | None:
        """Whom a document number, ticket number or staff login name means, in this order."""
        ...

    async def credentials(self, subject_id: str) -> Credentials | None:
        """The account `subject_id`, of a candidate or of staff."""
        ...

    async def set_password(self, subject_id: str, password_hash: str, *, expected: str | None, at: datetime) -> bool:
        """Another password hash; False when the one in force is not `expected` (None: none of their own yet)."""
        ...

    async def open(self, session: LoginSession, token_hash: bytes) -> None:
        """A login session with its first refresh token; the account's oldest ones end when there are too many."""
        ...

    async def rotate(
        self, used: bytes, fresh: bytes, *, at: datetime, expire_time: datetime
    ) -> tuple[str, Account] | None:
        """Uses up one refresh token and keeps the next: the login session's id and its account; None when the token
        did not work.
        """
        ...

    async def refresh_token(self, token_hash: bytes) -> RefreshToken | None:
        """What became of a refresh token."""
        ...

    async def live(self, subject_id: str, *, at: datetime) -> Sequence[LoginSession]:
        """The account's live login sessions, the newest first."""
        ...

    async def end(self, login_session_id: str, *, at: datetime) -> None:
        """Ends a login session, whoever's it is."""
        ...

    async def end_own(self, login_session_id: str, subject_id: str, *, at: datetime) -> None:
        """Ends a login session if it is the account's."""
        ...

    async def end_all(self, subject_id: str, *, at: datetime) -> int:
        """Ends the account's login sessions; says how many were live."""
        ...

    async def forget_ended(self, before: datetime) -> int:
        """Removes login sessions that ended or expired before an instant."""
        ...


class PasswordRecoveries(Protocol):
    """Recoveries of forgotten passwords (ID-4). Whoever sends codes is told with a new one."""

    async def add(self, recovery: PasswordRecovery) -> None:
        """A new recovery, for nobody too; its code is to be sent."""
        ...

    async def get(self, password_recovery_id: str) -> PasswordRecovery | None:
        """The recovery."""
        ...

    async def send_to(self, password_recovery_id: str, address: str, *, at: datetime, most: int) -> bool:
        """Notes that the code goes to `address`; False when it has expired, or when `most` codes went there already in
        the sending window.
        """
        ...

    async def attempt(self, password_recovery_id: str, *, at: datetime) -> PasswordRecovery | None:
        """Counts an attempt at the code; None when it was not sent, is used, has expired or has no attempts left."""
        ...

    async def complete(self, recovery: PasswordRecovery, *, at: datetime) -> bool:
        """Uses the code up, and all others of the account; False when it was used already."""
        ...

    async def forget_expired(self, before: datetime) -> int:
        """Removes recoveries that expired before an instant."""
        ...


class Passwords(Protocol):
    """Hashes passwords, in bounded time and number. Raises Overloaded when too many wait."""

    def require_room(self) -> None:
        """Raises Overloaded when too many wait now: asked before a try is counted."""
        ...

    async def hashed(self, password: str) -> str:
        """The hash to keep."""
        ...

    async def fits(self, password: str, password_hash: str | None) -> bool:
        """Whether the password is the one hashed. Without a hash: False, after the same work."""
        ...


class AccessTokens(Protocol):
    """Issues access tokens."""

    def issue(self, account: Account, login_session_id: str) -> str:
        """A token that proves the account for ACCESS_TTL."""
        ...
