"""Wrong passwords are slowed down without anybody being locked out (ID-14, F-16)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from chassis.clock import ManualClock
from chassis.errors import Overloaded, TooManyRequests
from chassis.security.rate_limits import rate_limiter
from services.identity.usecases.logins import Device, log_in
from services.identity.usecases.throttle import LoginLimits, LoginThrottle

NUMBER, SPELT_OTHERWISE = "11010519491231002X", " 110105 19491231 002x"
LIMITS = LoginLimits(
    per_source_and_account=3, per_source_and_account_under_attack=1, per_account_before_attack=4, per_source=6
)
NOBODYS: Any = None


@pytest.fixture
def throttle() -> LoginThrottle:
    return LoginThrottle(rate_limiter(None), LIMITS)


async def fail(throttle: LoginThrottle, name: str, source: str) -> None:
    await throttle.admit(name, source)
    await throttle.failed(name, source)


async def test_a_source_has_so_many_tries_at_an_account_however_it_is_spelt(throttle: LoginThrottle) -> None:  # F-16
    for name in (NUMBER, SPELT_OTHERWISE, NUMBER):
        await fail(throttle, name, "a")
    with pytest.raises(TooManyRequests):
        await throttle.admit(SPELT_OTHERWISE, "a")
    await throttle.admit("another", "a")


async def test_an_account_under_attack_leaves_every_source_a_try(throttle: LoginThrottle) -> None:  # F-16
    for source in ("a", "b", "c", "d"):
        await fail(throttle, NUMBER, source)
    await throttle.admit(NUMBER, "the owner's")
    with pytest.raises(TooManyRequests):
        await throttle.admit(NUMBER, "the owner's")


async def test_a_right_password_forgives_the_source(throttle: LoginThrottle) -> None:  # F-16
    for _ in range(3):
        await fail(throttle, NUMBER, "a")
    await throttle.succeeded(NUMBER, "a")
    await throttle.admit(NUMBER, "a")


async def test_a_source_that_tries_many_accounts_is_slowed_everywhere(throttle: LoginThrottle) -> None:  # ID-14
    for turn in range(6):
        await fail(throttle, f"account {turn}", "a")
    with pytest.raises(TooManyRequests):
        await throttle.admit("account 7", "a")
    await throttle.admit("account 7", "b")


class NoRoom:
    """A pool that is full."""

    def require_room(self) -> None:
        raise Overloaded()


async def test_an_overloaded_service_counts_no_try(throttle: LoginThrottle) -> None:  # F-16
    passwords: Any = NoRoom()
    clock = ManualClock(datetime(2026, 11, 24, tzinfo=UTC))
    for _ in range(LIMITS.per_source_and_account + 1):
        with pytest.raises(Overloaded):
            await log_in(
                NUMBER,
                "secret",
                Device("a", ""),
                store=NOBODYS,
                passwords=passwords,
                throttle=throttle,
                tokens=NOBODYS,
                clock=clock,
            )
    await throttle.admit(NUMBER, "a")
