"""Wrong passwords are slowed down, per source and per account, without letting a stranger lock anybody out (ID-14,
F-16).

A source gets some tries at an account, and a right password forgives them. An account that is under attack from
everywhere gives each source fewer tries, but never none: its owner, who comes from a source without failures, is always
let in. A device that the account logged in on before has tries of its own, whatever strangers have used up (F-28).
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from chassis.errors import TooManyRequests
from chassis.security.rate_limits import Rate
from services.identity.dependencies import Dependencies
from services.identity.domain.attempt_limits import LoginAttempt
from services.identity.domain.documents import person_key_of
from services.identity.domain.login_sessions import Credentials, Device
from services.identity.usecases.authentication.known_devices import known_device_id

WINDOW: Final = timedelta(minutes=10)


def login_attempt(deps: Dependencies, named: Sequence[Credentials], login_name: str, device: Device) -> LoginAttempt:
    """A try at the account that a name means: one, however the name is written, also one that is nobody's (F-28); and
    one at all the unverified accounts that carry a number (ID-15), unless the device knows some of them.
    """
    account = named[0].account.subject_id if len(named) == 1 else person_key_of(login_name)
    return LoginAttempt(account, device.source, known_device_id(deps, named, device.token))


async def admit_login(deps: Dependencies, attempt: LoginAttempt) -> LoginAttempt:
    """Counts a try: a known device's with itself, until these are used up, all others with their source and account.
    The attempt as it was counted. Raises TooManyRequests.

    Where many failed, at the account or from the source, each pair of them has fewer tries, never none: a campus shares
    an address, and one guest's guesses refuse nobody else there (F-28). What tries cost is bounded where it arises, by
    the queue of password hashes, and by how much one address may have under way at once (GW-6).
    """
    if attempt.device_id and await _is_left(deps, attempt):
        return attempt
    stranger = LoginAttempt(attempt.account, attempt.source)
    attacked = await _is_attacked(deps, stranger)
    rate = _under_attack(deps) if attacked else _of_source_and_account(deps)
    await deps.rates.hit(rate, stranger.account, stranger.source)
    return stranger


async def count_failed_login(deps: Dependencies, attempt: LoginAttempt) -> None:
    """The try was wrong: against a stranger's account and source. Never raises: the answer is the same whatever the
    counters say.
    """
    if attempt.device_id:
        return
    for rate, whose in ((_of_account(deps), attempt.account), (_of_source(deps), attempt.source)):
        try:
            await deps.rates.hit(rate, whose)
        except TooManyRequests:
            continue


async def forgive_failed_logins(deps: Dependencies, attempt: LoginAttempt) -> None:
    """The try was right: the failures at this account are forgiven, the known device's or the source's."""
    if attempt.device_id:
        await deps.rates.forgive(_of_known_device(deps), attempt.account, attempt.device_id)
        return
    await deps.rates.forgive(_of_source_and_account(deps), attempt.account, attempt.source)
    await deps.rates.forgive(_under_attack(deps), attempt.account, attempt.source)


async def _is_left(deps: Dependencies, attempt: LoginAttempt) -> bool:
    try:
        await deps.rates.hit(_of_known_device(deps), attempt.account, attempt.device_id)
    except TooManyRequests:
        return False
    return True


async def _is_attacked(deps: Dependencies, stranger: LoginAttempt) -> bool:
    try:
        await deps.rates.require(_of_account(deps), stranger.account)
        await deps.rates.require(_of_source(deps), stranger.source)
    except TooManyRequests:
        return True
    return False


def _of_known_device(deps: Dependencies) -> Rate:
    return Rate("login from known device", deps.config.login.per_known_device, WINDOW)


def _of_source_and_account(deps: Dependencies) -> Rate:
    return Rate("login", deps.config.login.per_source_and_account, WINDOW)


def _under_attack(deps: Dependencies) -> Rate:
    return Rate("login under attack", deps.config.login.per_source_and_account_under_attack, WINDOW)


def _of_account(deps: Dependencies) -> Rate:
    return Rate("login failures of account", deps.config.login.per_account_before_attack, WINDOW)


def _of_source(deps: Dependencies) -> Rate:
    return Rate("login failures from source", deps.config.login.per_source, WINDOW)
