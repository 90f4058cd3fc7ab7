"""Wrong passwords are slowed down without anybody being locked out (ID-14, F-16)."""

from dataclasses import fields, replace
from typing import Any

import pytest

from chassis.errors import Overloaded, TooManyRequests
from chassis.security.rate_limits import rate_limiter
from services.identity.config import Config
from services.identity.dependencies import Dependencies
from services.identity.domain.attempt_limits import LoginAttempt, LoginLimits
from services.identity.domain.login_sessions import Device
from services.identity.usecases.authentication.login_sessions import log_in
from services.identity.usecases.authentication.login_throttle import (
    admit_login,
    count_failed_login,
    forgive_failed_logins,
    login_attempt,
)

NUMBER, SPELT_OTHERWISE = "11010519491231002X", " 110105 19491231 002x"
LIMITS = LoginLimits(
    per_source_and_account=3,
    per_source_and_account_under_attack=1,
    per_account_before_attack=4,
    per_source=6,
    per_known_device=2,
)


@pytest.fixture
def deps() -> Dependencies:
    """What the throttle needs; nothing else is there."""
    nothing: dict[str, Any] = {field.name: None for field in fields(Dependencies)}
    config = Config(field_key="ab" * 32, index_key="cd" * 32, login=LIMITS)
    return Dependencies(**{**nothing, "config": config, "rates": rate_limiter(None)})


async def fail(deps: Dependencies, name: str, source: str) -> None:
    attempt = await admit_login(deps, tried(deps, name, source))
    await count_failed_login(deps, attempt)


def tried(deps: Dependencies, name: str, source: str) -> LoginAttempt:
    """A try at a name that nobody has."""
    return login_attempt(deps, [], name, Device(source, ""))


async def test_a_source_has_so_many_tries_at_an_account_however_it_is_spelt(deps: Dependencies) -> None:  # F-16
    for name in (NUMBER, SPELT_OTHERWISE, NUMBER):
        await fail(deps, name, "a")
    with pytest.raises(TooManyRequests):
        await admit_login(deps, tried(deps, SPELT_OTHERWISE, "a"))
    await admit_login(deps, tried(deps, "another", "a"))


async def test_a_permit_under_every_renewal_is_one_account_also_where_it_is_nobodys(
    deps: Dependencies,
) -> None:  # F-28, F-16
    for renewal in range(3):
        await fail(deps, f"H12345678{renewal:02d}", "a")
    with pytest.raises(TooManyRequests):
        await admit_login(deps, tried(deps, "H12345678", "a"))


KNOWN = LoginAttempt("an account", "a", "a device")


async def test_a_known_device_is_let_in_while_address_and_account_are_slowed(
    deps: Dependencies,
) -> None:  # F-28
    for turn in range(6):
        await fail(deps, f"account {turn}", KNOWN.source)
    for source in ("b", "c", "d", "e"):
        await count_failed_login(deps, await admit_login(deps, LoginAttempt(KNOWN.account, source)))
    stranger = replace(KNOWN, device_id="")
    await count_failed_login(deps, await admit_login(deps, stranger))
    with pytest.raises(TooManyRequests):
        await admit_login(deps, stranger)
    assert await admit_login(deps, KNOWN) == KNOWN


async def test_a_known_device_has_tries_of_its_own_and_then_those_of_anybody(deps: Dependencies) -> None:  # F-28
    for _ in range(LIMITS.per_known_device):
        attempt = await admit_login(deps, KNOWN)
        assert attempt.device_id
        await count_failed_login(deps, attempt)
    for _ in range(LIMITS.per_source_and_account):
        attempt = await admit_login(deps, KNOWN)
        assert not attempt.device_id
        await count_failed_login(deps, attempt)
    with pytest.raises(TooManyRequests):
        await admit_login(deps, KNOWN)


async def test_a_right_password_forgives_the_known_device(deps: Dependencies) -> None:  # F-28, F-16
    for _ in range(LIMITS.per_known_device):
        attempt = await admit_login(deps, KNOWN)
    await forgive_failed_logins(deps, attempt)
    assert (await admit_login(deps, KNOWN)).device_id


async def test_an_account_under_attack_leaves_every_source_a_try(deps: Dependencies) -> None:  # F-16
    for source in ("a", "b", "c", "d"):
        await fail(deps, NUMBER, source)
    await admit_login(deps, tried(deps, NUMBER, "the owner's"))
    with pytest.raises(TooManyRequests):
        await admit_login(deps, tried(deps, NUMBER, "the owner's"))


async def test_a_right_password_forgives_the_source(deps: Dependencies) -> None:  # F-16
    for _ in range(3):
        await fail(deps, NUMBER, "a")
    await forgive_failed_logins(deps, tried(deps, NUMBER, "a"))
    await admit_login(deps, tried(deps, NUMBER, "a"))


async def test_a_source_that_tries_many_accounts_has_fewer_tries_at_each_and_never_none(
    deps: Dependencies,
) -> None:  # ID-14, F-28
    for turn in range(6):
        await fail(deps, f"account {turn}", "a")
    for another in ("account 7", "account 8"):
        await fail(deps, another, "a")
        with pytest.raises(TooManyRequests):
            await admit_login(deps, tried(deps, another, "a"))
    for _ in range(3):
        await fail(deps, "account 7", "b")


class NoRoom:
    """A pool that is full."""

    def require_room(self) -> None:
        raise Overloaded()


async def test_an_overloaded_service_counts_no_try(deps: Dependencies) -> None:  # F-16
    hasher: Any = NoRoom()
    for _ in range(LIMITS.per_source_and_account + 1):
        with pytest.raises(Overloaded):
            await log_in(replace(deps, password_hasher=hasher), NUMBER, "secret", Device("a", ""))
    await admit_login(deps, tried(deps, NUMBER, "a"))
