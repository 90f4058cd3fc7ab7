"""Runs statements: each alone, or all inside one transaction."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import CTE, Executable, Row, Select, exists, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.postgres.database import Database
from services.identity.tables import outbox

Params = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None


class Statements(Protocol):
    """Where a repository's statements run."""

    async def fetch(self, statement: Executable, params: Params = None) -> Sequence[Row[Any]]:
        """All rows."""
        ...

    async def fetch_one(self, statement: Executable, params: Params = None) -> Row[Any] | None:
        """The only row, or None."""
        ...

    async def execute(self, statement: Executable, params: Params = None) -> int:
        """Says how many rows it touched."""
        ...


class Alone:
    """Each statement in a transaction of its own."""

    def __init__(self, db: Database) -> None:
        self.fetch = db.fetch
        self.fetch_one = db.fetch_one
        self.execute = db.execute


class Together:
    """All statements in the connection's transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def fetch(self, statement: Executable, params: Params = None) -> Sequence[Row[Any]]:
        """All rows."""
        return (await self._connection.execute(statement, params)).all()

    async def fetch_one(self, statement: Executable, params: Params = None) -> Row[Any] | None:
        """The only row, or None."""
        return (await self._connection.execute(statement, params)).one_or_none()

    async def execute(self, statement: Executable, params: Params = None) -> int:
        """Says how many rows it touched."""
        return (await self._connection.execute(statement, params)).rowcount


def insert_if(changed: CTE, row: Mapping[str, Any]) -> Any:
    """An outbox row that is written only if the change was made."""
    values: Select[Any] = select(*(literal(value, outbox.c[name].type) for name, value in row.items())).where(
        exists(select(changed.c[0]))
    )
    return insert(outbox).from_select(list(row), values)
