"""Wrong passwords are slowed down, per source and per account, without letting a stranger lock anybody out (ID-14,
F-16).

A source gets some tries at an account, and a right password forgives them. An account that is under attack from
everywhere gives each source
fewer tries, but never none: its owner, who comes from a source without failures, is always let in.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from chassis.errors import TooManyRequests
from chassis.security.rate_limits import Rate, RateLimiter
from services.identity.domain.documents import normal_form

WINDOW: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class LoginLimits:
    """How many wrong passwords are let through in ten minutes."""

    per_source_and_account: int = 8
    per_source_and_account_under_attack: int = 2
    per_account_before_attack: int = 30
    per_source: int = 300


class LoginThrottle:
    """Counts wrong passwords."""

    def __init__(self, rates: RateLimiter, limits: LoginLimits) -> None:
        self._rates = rates
        self._calm = Rate("login", limits.per_source_and_account, WINDOW)
        self._attacked = Rate("login under attack", limits.per_source_and_account_under_attack, WINDOW)
        self._account = Rate("login failures of account", limits.per_account_before_attack, WINDOW)
        self._source = Rate("login failures from source", limits.per_source, WINDOW)

    async def admit(self, login_name: str, source: str) -> None:
        """Counts a try. Raises TooManyRequests."""
        name = normal_form(login_name)
        await self._rates.require(self._source, source)
        await self._rates.hit(self._attacked if await self._under_attack(name) else self._calm, name, source)

    async def failed(self, login_name: str, source: str) -> None:
        """The try was wrong. Never raises: the answer is the same whatever the counters say."""
        for rate, whose in ((self._account, normal_form(login_name)), (self._source, source)):
            try:
                await self._rates.hit(rate, whose)
            except TooManyRequests:
                continue

    async def succeeded(self, login_name: str, source: str) -> None:
        """The try was right: the source's failures at this account are forgiven."""
        name = normal_form(login_name)
        await self._rates.forgive(self._calm, name, source)
        await self._rates.forgive(self._attacked, name, source)

    async def _under_attack(self, name: str) -> bool:
        try:
            await self._rates.require(self._account, name)
        except TooManyRequests:
            return True
        return False
