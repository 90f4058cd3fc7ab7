"""Devices that an account logged in on before: a right password is let in from there while strangers are slowed (ID-14,
F-28).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

MOST_ACCOUNTS: Final = 8
"""So many people share a device and are known on it; of more, those who logged in last."""


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account that logged in on a device, under the password that it had, and until when it is known there."""

    password_mark: str = field(repr=False)
    expire_time: datetime


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A device by its id, and the accounts known on it by their ids, the latest last."""

    device_id: str
    accounts: Mapping[str, KnownAccount] = field(default_factory=dict)

    def knows(self, subject_id: str, mark: str, *, at: datetime) -> bool:
        """Whether the account logged in here, and still has the password that it had."""
        known = self.accounts.get(subject_id)
        return known is not None and known.password_mark == mark and known.expire_time > at

    def knows_anybody(self, *, at: datetime) -> bool:
        """Whether anybody logged in here lately."""
        return any(known.expire_time > at for known in self.accounts.values())


def with_login(device: KnownDevice, subject_id: str, mark: str, *, until: datetime) -> KnownDevice:
    """The device after a login of the account."""
    others = {known: account for known, account in device.accounts.items() if known != subject_id}
    accounts = [*others.items(), (subject_id, KnownAccount(mark, until))]
    return replace(device, accounts=dict(accounts[-MOST_ACCOUNTS:]))


def password_mark(password_hash: str | None) -> str:
    """What changes with the password, and tells nothing of it: 16 hex digits of the hash of its salted hash."""
    return hashlib.sha256((password_hash or "").encode()).hexdigest()[:16]
