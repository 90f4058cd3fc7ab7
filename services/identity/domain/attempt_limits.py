"""How often strangers may try to enter an account: what is configured (ID-4, ID-14, F-16)."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import timedelta
from enum import Enum
from typing import Any


def require_positive(limits: Any, *, besides: Collection[str] = ()) -> None:
    """Raises ValueError naming a field of the dataclass `limits` that is not above zero."""
    for field in fields(limits):
        value = getattr(limits, field.name)
        if field.name not in besides and value <= type(value)():
            raise ValueError(f"{field.name} must be greater than zero")


@dataclass(frozen=True, slots=True)
class LoginLimits:
    """How many wrong passwords are let through in ten minutes (ID-14, F-16), also from a device that the account logged
    in on before; and for how long such a device is known (F-28). After `per_account_before_attack` at an account, or
    `per_source` from a source, each pair of them has `per_source_and_account_under_attack`.
    """

    per_source_and_account: int = 8
    per_source_and_account_under_attack: int = 2
    per_account_before_attack: int = 30
    per_source: int = 300
    per_known_device: int = 8
    device_known_for: timedelta = timedelta(days=180)

    def __post_init__(self) -> None:
        require_positive(self)


@dataclass(frozen=True, slots=True)
class LoginAttempt:
    """Who tries to enter which account. `account` is the account's id, or what the name given means where it is
    nobody's; `device_id` names a device that the account logged in on before.
    """

    account: str
    source: str
    device_id: str = ""


class CodeAsker(Enum):
    """Who asks for a code, and so whose budget it comes from (F-28)."""

    STRANGER = "STRANGER"
    KNOWN = "KNOWN"
    """A device that somebody logged in on before, or somebody who is logged in or has just proven the password."""
    OWNER = "OWNER"
    """Somebody who is logged in and asks for a code to the account's own verified phone or e-mail."""


@dataclass(frozen=True, slots=True)
class CodeLimits:
    """How many codes are sent (F-28): for one purpose to one phone or e-mail in ten minutes, those for strangers and
    those for known devices and people who log in or are logged in; for one candidate in an hour; by the whole system
    in a minute and in an hour, beyond which it is slow to send codes to what is not verified yet.
    """

    for_strangers: int = 5
    for_known: int = 5
    per_candidate: int = 20
    per_minute: int = 3000
    per_hour: int = 60_000

    def __post_init__(self) -> None:
        require_positive(self)


@dataclass(frozen=True, slots=True)
class RecoveryLimits:
    """How many recoveries in ten minutes: asked for by a source, by a source or a known device for an account; and how
    many wrong codes, from a source and from all together, where no known device asked for the recovery (ID-4, F-28).
    """

    per_source: int = 60
    per_source_and_account: int = 3
    wrong_codes_per_source: int = 30
    wrong_codes: int = 2000

    def __post_init__(self) -> None:
        require_positive(self)
