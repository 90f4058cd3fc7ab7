"""A check on a live system, something that must be true of every one of its kind; and what came of a list of them."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import asyncpg


@asynccontextmanager
async def connected(url: str) -> AsyncIterator["asyncpg.Connection"]:
    """A connection to a database for the length of a block."""
    import asyncpg

    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


@dataclass(frozen=True, slots=True)
class Check:
    """What is checked: how many there are, and how many break it, both as statements. `rule` names what it proves."""

    rule: str
    says: str
    checked: str
    broken: str


@dataclass(frozen=True, slots=True)
class CheckResults:
    """What was found: of each check how many were looked at, and how many break it."""

    checked: Mapping[Check, int]
    broken: Mapping[Check, int]

    @classmethod
    async def of(cls, connection: "asyncpg.Connection", checks: Iterable[Check]) -> Self:
        """Asks the database, within the snapshot that the connection is in."""
        asked = list(checks)
        return cls(
            checked={check: await connection.fetchval(check.checked) for check in asked},
            broken={check: await connection.fetchval(check.broken) for check in asked},
        )

    @property
    def trouble(self) -> str:
        """The first thing that is not as it should be, as a sentence; empty when everything is."""
        for check, count in self.broken.items():
            if count:
                return f"{check.rule}: not true of {count}: {check.says}."
        return ""

    def rows(self) -> list[tuple[str, str]]:
        """What was checked, for people."""
        return [(f"{check.rule}: {check.says}", f"{count:,}") for check, count in self.checked.items()]
