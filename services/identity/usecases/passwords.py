"""Choosing and changing passwords (ID-3, ID-4)."""

from dataclasses import replace

from chassis.clock import Clock
from chassis.errors import Unauthenticated
from services.identity.domain.candidate import with_password_changed
from services.identity.domain.logins import Account, AccountKind
from services.identity.domain.passwords import require_password
from services.identity.errors import WrongPassword
from services.identity.ports import Store
from services.identity.ports.logins import AccessTokens, Passwords
from services.identity.usecases.changes import change
from services.identity.usecases.logins import Device, IssuedTokens, open_session, proves
from services.identity.usecases.throttle import LoginThrottle


async def change_password(
    subject_id: str,
    old: str,
    new: str,
    device: Device,
    *,
    store: Store,
    passwords: Passwords,
    throttle: LoginThrottle,
    tokens: AccessTokens,
    clock: Clock,
) -> IssuedTokens:
    """Another password; all login sessions end and a new one opens, unrestricted (ID-3, ID-4).

    Raises WeakPassword, WrongPassword, TooManyRequests after several wrong old ones, Overloaded.
    """
    require_password(new, field="new_password", old=old)
    passwords.require_room()
    await throttle.admit(subject_id, subject_id)
    known = await store.logins.credentials(subject_id)
    if known is None:
        raise Unauthenticated()
    if not await proves(known, old, passwords):
        raise WrongPassword()
    await throttle.succeeded(subject_id, subject_id)
    password_hash = await passwords.hashed(new)
    async with store.transaction() as together:
        now = clock.now()
        if not await together.logins.set_password(subject_id, password_hash, expected=known.password_hash, at=now):
            raise WrongPassword()
        await _lift_restriction(known.account, together, clock)
        await together.logins.end_all(subject_id, at=now)
    account = replace(known.account, needs_password_change=False)
    return await open_session(account, device, store=store, tokens=tokens, clock=clock)


async def _lift_restriction(account: Account, store: Store, clock: Clock) -> None:
    now = clock.now()
    if account.kind is AccountKind.CANDIDATE:
        await change(store.candidates, account.subject_id, lambda known: with_password_changed(known, at=now))
    else:
        await store.staff.password_chosen(account.subject_id)
