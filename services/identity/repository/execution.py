"""Where a repository's statements run: each in a transaction of its own, or all in one that somebody opened."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Executable, Row
from sqlalchemy.ext.asyncio import AsyncConnection

Params = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None


class Execution(Protocol):
    """Runs statements: a `Database` each alone, an `InTransaction` all together."""

    async def fetch(self, statement: Executable, params: Params = None) -> Sequence[Row[Any]]:
        """All rows."""
        ...

    async def fetch_one(self, statement: Executable, params: Params = None) -> Row[Any] | None:
        """The only row, or None."""
        ...

    async def execute(self, statement: Executable, params: Params = None) -> int:
        """Says how many rows it touched."""
        ...


class InTransaction:
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
