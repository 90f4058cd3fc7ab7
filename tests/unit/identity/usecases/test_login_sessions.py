"""What a login costs, whoever the name is (ID-14, ID-15)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import pytest

from chassis.security.rate_limits import rate_limiter
from services.identity.config import Config
from services.identity.dependencies import Dependencies
from services.identity.domain.accounts_of_number import MOST_UNVERIFIED
from services.identity.domain.login_sessions import Account, AccountKind, Credentials, Device
from services.identity.errors import WrongCredentials
from services.identity.usecases.authentication.login_sessions import log_in


@dataclass
class CountingHasher:
    """Compares passwords as they are, and counts how often."""

    compared: list[str | None] = field(default_factory=list)

    def require_room(self) -> None: ...

    async def hashed(self, password: str) -> str:
        return password

    async def fits(self, password: str, password_hash: str | None) -> bool:
        self.compared.append(password_hash)
        return password == password_hash


@dataclass
class NamedAccounts:
    """So many accounts that one login name means."""

    named: Sequence[Credentials]

    async def find_by_login_name(self, login_name: str) -> Sequence[Credentials]:
        return self.named


def account(number: int) -> Credentials:
    return Credentials(Account(f"c{number}", AccountKind.CANDIDATE), f"Secret-{number}")


@pytest.mark.parametrize("count", range(MOST_UNVERIFIED + 1))
async def test_a_wrong_password_costs_the_same_however_many_accounts_carry_the_number(count: int) -> None:
    # ID-15, ID-14
    nothing: dict[str, Any] = {field.name: None for field in fields(Dependencies)}
    hasher, named = CountingHasher(), NamedAccounts([account(number) for number in range(count)])
    config = Config(field_key="ab" * 32, index_key="cd" * 32)
    wired = {"config": config, "rates": rate_limiter(None), "password_hasher": hasher, "credentials": named}
    with pytest.raises(WrongCredentials):
        await log_in(Dependencies(**{**nothing, **wired}), "anybody", "Wrong-1", Device("192.0.2.1", "a test"))
    assert len(hasher.compared) == MOST_UNVERIFIED
