"""Logging in and out (ID-1, ID-3, ID-14)."""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from chassis.clock import Clock
from chassis.ids import new_id
from services.identity.domain.documents import DocumentType
from services.identity.domain.logins import (
    ACCESS_TTL,
    REFRESH_TTL,
    Account,
    Credentials,
    LoginSession,
    refuse_refresh,
)
from services.identity.domain.passwords import is_initial_password
from services.identity.errors import RefreshTokenInvalid, RefreshTokenReused, WrongCredentials
from services.identity.ports import Store
from services.identity.ports.logins import AccessTokens, Passwords
from services.identity.usecases.throttle import LoginThrottle

REFRESH_TOKEN_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Device:
    """From where somebody logs in: a network address, and what the browser or tool calls itself."""

    source: str = field(repr=False)
    user_agent: str


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """A pair of tokens, as only their owner ever sees them."""

    account: Account
    login_session_id: str
    access_token: str = field(repr=False)
    access_expire_time: datetime
    refresh_token: str = field(repr=False)
    refresh_expire_time: datetime


async def log_in(
    login_name: str,
    password: str,
    device: Device,
    *,
    store: Store,
    passwords: Passwords,
    throttle: LoginThrottle,
    tokens: AccessTokens,
    clock: Clock,
    initial_for: Collection[DocumentType] = frozenset(DocumentType),
) -> IssuedTokens:
    """Opens a login session (ID-1), by the initial password too where documents of that type have one (ID-3).

    Raises WrongCredentials, TooManyRequests, Overloaded.
    """
    passwords.require_room()
    await throttle.admit(login_name, device.source)
    known = await store.logins.find(login_name)
    proven = await proves(known, password, passwords, initial_for)
    if known is None or not proven or known.account.disabled:
        await throttle.failed(login_name, device.source)
        raise WrongCredentials()
    await throttle.succeeded(login_name, device.source)
    return await open_session(known.account, device, store=store, tokens=tokens, clock=clock)


async def proves(
    known: Credentials | None,
    password: str,
    passwords: Passwords,
    initial_for: Collection[DocumentType] = frozenset(DocumentType),
) -> bool:
    """Whether `password` is the account's: the one chosen, or while none is, the initial one (ID-3). The work is the
    same in every case.
    """
    chosen = await passwords.fits(password, known.password_hash if known else None)
    if known is None or known.password_hash is not None or known.document is None:
        return chosen
    return known.document.type in initial_for and is_initial_password(known.document, password)


async def open_session(
    account: Account, device: Device, *, store: Store, tokens: AccessTokens, clock: Clock
) -> IssuedTokens:
    """A login session for an account that has just proven itself."""
    now, refresh_token = clock.now(), _new_refresh_token()
    session = LoginSession(
        login_session_id=new_id(),
        subject_id=account.subject_id,
        kind=account.kind,
        user_agent=device.user_agent,
        create_time=now,
        refresh_time=now,
        expire_time=now + REFRESH_TTL,
    )
    await store.logins.open(session, _digest(refresh_token))
    return _issued(account, session.login_session_id, refresh_token, now, tokens)


async def refresh(refresh_token: str, *, store: Store, tokens: AccessTokens, clock: Clock) -> IssuedTokens:
    """The next pair of tokens (ID-14).

    Raises RefreshTokenInvalid, RefreshTokenJustUsed; RefreshTokenReused, after ending the login session, since a
    thief has the token too.
    """
    now, fresh, used = clock.now(), _new_refresh_token(), _digest(refresh_token)
    renewed = await store.logins.rotate(used, _digest(fresh), at=now, expire_time=now + REFRESH_TTL)
    if renewed is None:
        await _refuse(used, now, store)
        raise RefreshTokenInvalid()
    login_session_id, account = renewed
    if account.disabled:
        raise RefreshTokenInvalid()
    return _issued(account, login_session_id, fresh, now, tokens)


async def _refuse(used: bytes, now: datetime, store: Store) -> None:
    token = await store.logins.refresh_token(used)
    try:
        refuse_refresh(token, at=now)
    except RefreshTokenReused:
        assert token is not None
        await store.logins.end(token.login_session_id, at=now)
        raise


async def live_sessions(subject_id: str, *, store: Store, clock: Clock) -> Sequence[LoginSession]:
    """The account's live login sessions, the newest first."""
    return await store.logins.live(subject_id, at=clock.now())


async def log_out(login_session_id: str, subject_id: str, *, store: Store, clock: Clock) -> None:
    """Ends one of the account's login sessions."""
    await store.logins.end_own(login_session_id, subject_id, at=clock.now())


async def log_out_everywhere(subject_id: str, *, store: Store, clock: Clock) -> int:
    """Ends all of them; says how many were live (ID-14)."""
    return await store.logins.end_all(subject_id, at=clock.now())


def _issued(
    account: Account, login_session_id: str, refresh_token: str, now: datetime, tokens: AccessTokens
) -> IssuedTokens:
    return IssuedTokens(
        account=account,
        login_session_id=login_session_id,
        access_token=tokens.issue(account, login_session_id),
        access_expire_time=now + ACCESS_TTL,
        refresh_token=refresh_token,
        refresh_expire_time=now + REFRESH_TTL,
    )


def _new_refresh_token() -> str:
    return secrets.token_urlsafe(REFRESH_TOKEN_BYTES)


def _digest(refresh_token: str) -> bytes:
    return hashlib.sha256(refresh_token.encode()).digest()
