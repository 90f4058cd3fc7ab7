"""How often strangers may try to enter an account: what is configured (ID-4, ID-14, F-16)."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Any


def require_positive(limits: Any, *, besides: Collection[str] = ()) -> None:
    """Raises ValueError naming a field of the dataclass `limits` that is not above zero."""
    for field in fields(limits):
        value = getattr(limits, field.name)
        if field.name not in besides and value <= type(value)():
            raise ValueError(f"{field.name} must be greater than zero")


@dataclass(frozen=True, slots=True)
class LoginLimits:
    """How many wrong passwords are let through in ten minutes (ID-14, F-16)."""

    per_source_and_account: int = 8
    per_source_and_account_under_attack: int = 2
    per_account_before_attack: int = 30
    per_source: int = 300

    def __post_init__(self) -> None:
        require_positive(self)


@dataclass(frozen=True, slots=True)
class RecoveryLimits:
    """How many recoveries in ten minutes: asked for by a source, by a source for an account, sent to an address (ID-4).

    A source alone cannot use up what one address may receive, so it takes several to keep an owner from a code.
    """

    per_source: int = 60
    per_source_and_account: int = 3
    per_address: int = 10

    def __post_init__(self) -> None:
        require_positive(self)
