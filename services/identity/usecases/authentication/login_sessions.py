"""Logging in and out (ID-1, ID-3, ID-14)."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from chassis.errors import Unauthenticated
from chassis.ids import new_id
from chassis.security.tokens import Access, Principal
from services.identity.dependencies import Dependencies
from services.identity.domain.accounts_of_number import MOST_UNVERIFIED
from services.identity.domain.authentication.password_rules import is_initial_password
from services.identity.domain.authentication.second_factors import StaffLogin
from services.identity.domain.documents import DocumentType
from services.identity.domain.login_sessions import (
    MOST_REPEATS,
    Account,
    Credentials,
    Device,
    IssuedTokens,
    LoginSession,
    Renewal,
    first_end,
    require_used_just_now,
)
from services.identity.errors import RefreshTokenInvalid, RefreshTokenJustUsed, RefreshTokenReused, WrongCredentials
from services.identity.usecases.authentication.first_login_code import require_first_login_code
from services.identity.usecases.authentication.known_devices import known_here, token_after_login
from services.identity.usecases.authentication.login_throttle import (
    admit_login,
    count_failed_login,
    forgive_failed_logins,
    login_attempt,
)
from services.identity.usecases.authentication.revocations import learn_revocations

REFRESH_TOKEN_BYTES: Final = 32


async def log_in(
    deps: Dependencies, login_name: str, password: str, device: Device, first_login_code: str = ""
) -> IssuedTokens:
    """Opens a login session (ID-1), by the initial password too where documents of that type have one (ID-3), with a
    code to the phone if there is one on record (ID-15).

    Raises WrongCredentials, TooManyRequests, Overloaded, FirstCodeRequired, CodeInvalid, MessagesUnavailable.
    """
    deps.password_hasher.require_room()
    named = await deps.credentials.find_by_login_name(login_name)
    attempt = await admit_login(deps, login_attempt(deps, named, login_name, device))
    tried = known_here(deps, named, device.token) if attempt.device_id else named
    known = await _proven(deps, tried, password)
    if known is None or known.account.disabled:
        await count_failed_login(deps, attempt)
        raise WrongCredentials()
    if known.document is not None:
        await require_first_login_code(deps, known.account.subject_id, first_login_code)
    await forgive_failed_logins(deps, attempt)
    try:
        return await open_login_session(deps, known.account, device, proven=known)
    except Unauthenticated:
        raise WrongCredentials() from None


async def _proven(deps: Dependencies, named: Sequence[Credentials], password: str) -> Credentials | None:
    """Those of the accounts that a login name means whose password it is. One that is nobody's costs as many hashes as
    a number may have unverified accounts: how long it takes tells nothing of how many there are (ID-15).
    """
    initial_for, none = deps.config.initial_passwords_for, (None,) * (MOST_UNVERIFIED - len(named))
    for known in (*named, *none):
        if await proves(deps, known, password, initial_for):
            return known
    return None


async def proves(
    deps: Dependencies,
    known: Credentials | None,
    password: str,
    initial_for: Collection[DocumentType] = frozenset(DocumentType),
) -> bool:
    """Whether `password` is the account's: the one chosen, or while none is, the initial one (ID-3). The work is the
    same in every case.
    """
    chosen = await deps.password_hasher.fits(password, known.password_hash if known else None)
    if known is None or known.password_hash is not None or known.document is None:
        return chosen
    return known.document.type in initial_for and is_initial_password(known.document, password)


async def open_login_session(
    deps: Dependencies,
    account: Account,
    device: Device,
    *,
    proven: Credentials | None = None,
    provider_id: str = "",
    proven_time: datetime | None = None,
    factor_time: datetime | None = None,
) -> IssuedTokens:
    """A login session for an account that has just proven itself, by a second factor too at `factor_time`, on a device
    that is known from now on (F-28). `proven` is what a password was compared with, `provider_id` the organisation's
    provider that vouches instead (ID-18), which asked the person at `proven_time`, as far as it says.

    Raises Unauthenticated where in that very moment the account was disabled or the password changed (F-32).
    """
    now, refresh_token = deps.clock.now(), _new_refresh_token()
    session = LoginSession(
        login_session_id=new_id(),
        subject_id=account.subject_id,
        kind=account.kind,
        user_agent=device.user_agent,
        create_time=now,
        refresh_time=now,
        expire_time=first_end(account.kind, deps.config.staff_login, at=now),
        proven_time=min(proven_time or now, now),
        factor_time=factor_time,
        provider_id=provider_id,
    )
    if not await deps.login_sessions.add_login_session(session, _digest(refresh_token), proven):
        raise Unauthenticated()
    until = now + deps.config.login.device_known_for
    device_token = await token_after_login(deps, account.subject_id, device.token, until=until)
    renewal = Renewal(session.login_session_id, account.subject_id, session.expire_time, factor_time, provider_id)
    issued = _issued(deps, account, renewal, refresh_token, now)
    return replace(issued, device_token=device_token, device_expire_time=until)


async def refresh_tokens(deps: Dependencies, refresh_token: str, *, background: bool = False) -> IssuedTokens:
    """The next pair of tokens (ID-14); for a token that was used just now the newest refresh token that came of it, so
    that two tabs or a lost answer log nobody out (GW-8). `background`: nobody did anything, a stream or a script renews
    (ID-18).

    Raises RefreshTokenInvalid, RefreshTokenJustUsed; RefreshTokenReused, after ending the login session, since a
    thief has the token too.
    """
    now, fresh = deps.clock.now(), _successor(deps, refresh_token)
    renewed = await deps.login_sessions.rotate_refresh_token(
        _digest(refresh_token), _digest(fresh), deps.config.staff_login, at=now, background=background
    )
    if renewed is None:
        await _require_used_just_now(deps, _digest(refresh_token), now)
        fresh, renewed = await _renewed_again(deps, fresh, now, background=background)
    known = await deps.credentials.find_by_subject(renewed.subject_id)
    if known is None or known.account.disabled:
        raise RefreshTokenInvalid()
    return _issued(deps, known.account, renewed, fresh, now)


async def prove_login_session(deps: Dependencies, login: StaffLogin) -> IssuedTokens:
    """The next pair of tokens of a login session in which a second factor was just proven (ID-18). Raises
    Unauthenticated when it has ended.
    """
    now, fresh = deps.clock.now(), _new_refresh_token()
    limits = deps.config.staff_login
    renewed = await deps.login_sessions.prove_login_session(login, _digest(fresh), limits, at=now)
    known = await deps.credentials.find_by_subject(login.staff_id)
    if renewed is None or known is None or known.account.disabled:
        raise Unauthenticated()
    return _issued(deps, known.account, renewed, fresh, now)


async def list_login_sessions(deps: Dependencies, subject_id: str) -> Sequence[LoginSession]:
    """The account's live login sessions, the newest first."""
    return await deps.login_sessions.list_live_login_sessions(subject_id, at=deps.clock.now())


async def log_out(deps: Dependencies, login_session_id: str, subject_id: str) -> None:
    """Ends one of the account's login sessions."""
    await deps.login_sessions.end_own_login_session(login_session_id, subject_id, at=deps.clock.now())
    await learn_revocations(deps)


async def log_out_everywhere(deps: Dependencies, subject_id: str) -> int:
    """Ends all of them; says how many were live (ID-14)."""
    ended = await deps.login_sessions.end_all_login_sessions(subject_id, at=deps.clock.now())
    await learn_revocations(deps)
    return ended


async def _require_used_just_now(deps: Dependencies, used: bytes, now: datetime) -> None:
    token = await deps.login_sessions.find_refresh_token(used)
    try:
        require_used_just_now(token, deps.config.login_tokens, at=now)
    except RefreshTokenReused:
        assert token is not None
        await deps.login_sessions.end_login_session(token.login_session_id, at=now)
        await learn_revocations(deps)
        raise


async def _renewed_again(deps: Dependencies, successor: str, now: datetime, *, background: bool) -> tuple[str, Renewal]:
    """The newest refresh token that came of one used just now, which follows from each before it. Raises
    RefreshTokenJustUsed where none does, since a second factor was proven in between.
    """
    for _ in range(MOST_REPEATS):
        renewed = await deps.login_sessions.renew_by_unused_token(
            _digest(successor), deps.config.staff_login, at=now, background=background
        )
        if renewed is not None:
            return successor, renewed
        successor = _successor(deps, successor)
    raise RefreshTokenJustUsed()


def _issued(deps: Dependencies, account: Account, session: Renewal, refresh_token: str, now: datetime) -> IssuedTokens:
    access_ttl = min(deps.config.login_tokens.access_for, session.expire_time - now)
    without_factor = session.factor_time is None and _must_prove_factor(deps, account)
    restricted = account.needs_password_change and not session.provider_id  # An initial password opened it (ID-3).
    principal = Principal(
        Access(account.kind.value),
        account.subject_id,
        session.login_session_id,
        account.organisation,
        restricted=restricted,
        without_factor=without_factor,
    )
    return IssuedTokens(
        account=replace(account, needs_password_change=restricted),
        needs_second_factor=without_factor,
        login_session_id=session.login_session_id,
        access_token=deps.signer.sign(principal, access_ttl),
        access_expire_time=now + access_ttl,
        refresh_token=refresh_token,
        refresh_expire_time=session.expire_time,
    )


def _must_prove_factor(deps: Dependencies, account: Account) -> bool:
    """Whoever has a second factor proves it; whose role must have one enrols it (ID-18)."""
    required = {kind.value for kind in deps.config.second_factor_required_for}
    return account.has_second_factor or account.kind.value in required


def _new_refresh_token() -> str:
    return secrets.token_urlsafe(REFRESH_TOKEN_BYTES)


def _successor(deps: Dependencies, refresh_token: str) -> str:
    """The refresh token that comes after another: always the same, and nobody else can tell which (GW-8)."""
    key = deps.signer.derive_key("refresh tokens")
    return base64.urlsafe_b64encode(hmac.digest(key, refresh_token.encode(), "sha256")).decode().rstrip("=")


def _digest(refresh_token: str) -> bytes:
    return hashlib.sha256(refresh_token.encode()).digest()
