"""Wrong passwords are slowed down, per source and per account, without letting a stranger lock anybody out (ID-14,
F-16).

A source gets some tries at an account, and a right password forgives them. An account that is under attack from
everywhere gives each source fewer tries, but never none: its owner, who comes from a source without failures, is always
let in.
"""

from datetime import timedelta
from typing import Final

from chassis.errors import TooManyRequests
from chassis.security.rate_limits import Rate
from services.identity.dependencies import Dependencies
from services.identity.domain.documents import normal_form

WINDOW: Final = timedelta(minutes=10)


async def admit_login(deps: Dependencies, login_name: str, source: str) -> None:
    """Counts a try. Raises TooManyRequests."""
    name = normal_form(login_name)
    await deps.rates.require(_of_source(deps), source)
    attacked = await _is_attacked(deps, name)
    await deps.rates.hit(_under_attack(deps) if attacked else _of_source_and_account(deps), name, source)


async def count_failed_login(deps: Dependencies, login_name: str, source: str) -> None:
    """The try was wrong. Never raises: the answer is the same whatever the counters say."""
    for rate, whose in ((_of_account(deps), normal_form(login_name)), (_of_source(deps), source)):
        try:
            await deps.rates.hit(rate, whose)
        except TooManyRequests:
            continue


async def forgive_failed_logins(deps: Dependencies, login_name: str, source: str) -> None:
    """The try was right: the source's failures at this account are forgiven."""
    name = normal_form(login_name)
    await deps.rates.forgive(_of_source_and_account(deps), name, source)
    await deps.rates.forgive(_under_attack(deps), name, source)


async def _is_attacked(deps: Dependencies, name: str) -> bool:
    try:
        await deps.rates.require(_of_account(deps), name)
    except TooManyRequests:
        return True
    return False


def _of_source_and_account(deps: Dependencies) -> Rate:
    return Rate("login", deps.config.login.per_source_and_account, WINDOW)


def _under_attack(deps: Dependencies) -> Rate:
    return Rate("login under attack", deps.config.login.per_source_and_account_under_attack, WINDOW)


def _of_account(deps: Dependencies) -> Rate:
    return Rate("login failures of account", deps.config.login.per_account_before_attack, WINDOW)


def _of_source(deps: Dependencies) -> Rate:
    return Rate("login failures from source", deps.config.login.per_source, WINDOW)
