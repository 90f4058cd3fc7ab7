"""Statements for the hot few, written with named parameters and run on the driver without SQLAlchemy in between.

`sql` turns `:name` into the driver's positions once, at import; a call then only puts its values in order. Fragments
that several statements share (an outbox row, a timeline) are plain text and compose by the names of their parameters.
Rows are read by the names of their columns.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final, TypeAlias

import asyncpg

# What is quoted, a comment, or a cast stays as it is; only a name after a single colon is a parameter.
_TOKEN: Final = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*|::|:=|:(?P<name>[a-z_][a-z0-9_]*)")


class WrongParameters(TypeError):
    """A statement was given other values than it names; the text says which."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as the driver takes it, and the names of its values in the driver's order."""

    text: str
    names: tuple[str, ...]
    _expected: frozenset[str]
    _in_order: Callable[[Mapping[str, Any]], tuple[Any, ...]]

    def arguments(self, values: Mapping[str, Any]) -> Sequence[Any]:
        """The values in the driver's order. Raises WrongParameters when one is missing or not the statement's."""
        if values.keys() != self._expected:
            raise WrongParameters(f"expected {sorted(self._expected)}, got {sorted(values)}")
        return self._in_order(values)


def sql(text: str) -> Statement:
    """Compiles a statement with `:name` parameters; a name used twice is one value."""
    names: dict[str, int] = {}

    def position(token: re.Match[str]) -> str:
        name = token["name"]
        return token[0] if name is None else f"${names.setdefault(name, len(names) + 1)}"

    compiled = _TOKEN.sub(position, text)
    # `itemgetter` answers with a tuple from two names on; below that the values are in order already.
    in_order = itemgetter(*names) if len(names) > 1 else lambda values: tuple(values.values())
    return Statement(compiled, tuple(names), frozenset(names), in_order)


Connection: TypeAlias = "asyncpg.Pool[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"


class Statements:
    """Runs statements on a connection of the driver, or on a pool of them: each in its own transaction then."""

    __slots__ = ("_connection",)

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection

    async def fetch(self, statement: Statement, /, **values: Any) -> Sequence["asyncpg.Record"]:
        """All rows."""
        return await self._connection.fetch(statement.text, *statement.arguments(values))

    async def fetch_one(self, statement: Statement, /, **values: Any) -> "asyncpg.Record | None":
        """The first row, or None."""
        return await self._connection.fetchrow(statement.text, *statement.arguments(values))

    async def fetch_value(self, statement: Statement, /, **values: Any) -> Any:
        """The first column of the first row, or None."""
        return await self._connection.fetchval(statement.text, *statement.arguments(values))

    async def execute(self, statement: Statement, /, **values: Any) -> int:
        """Runs it and says how many rows it touched."""
        done = await self._connection.execute(statement.text, *statement.arguments(values))
        return int(done.rpartition(" ")[2])

    async def fetch_each(
        self, statement: Statement, several: Sequence[Mapping[str, Any]], /
    ) -> Sequence["asyncpg.Record"]:
        """Runs it once for each of `several`, all in one round trip and one transaction; the rows in their order."""
        if len(several) == 1:
            return await self.fetch(statement, **several[0])
        return await self._connection.fetchmany(statement.text, [statement.arguments(values) for values in several])

    async def fetch_each_in_line(
        self, statement: Statement, several: Sequence[Mapping[str, Any]], /, by: Callable[[Mapping[str, Any]], Any]
    ) -> Sequence["asyncpg.Record"]:
        """The same for a statement that changes something and answers with one row: it runs in the order that `by`
        gives, so that two who change the same rows wait for each other in line. The answers in the order of `several`.
        """
        places = sorted(range(len(several)), key=lambda place: by(several[place]))
        rows = await self.fetch_each(statement, [several[place] for place in places])
        answers = dict(zip(places, rows, strict=True))
        return [answers[place] for place in range(len(several))]

    async def copy_into(self, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]], /) -> None:
        """Puts rows into a table by COPY; the values of each in the order of `columns`."""
        await self._connection.copy_records_to_table(table, columns=columns, records=rows)

    async def execute_each(self, statement: Statement, several: Sequence[Mapping[str, Any]], /) -> None:
        """Runs it once for each of `several`, all in one transaction, without reading what it answers."""
        await self._connection.executemany(statement.text, [statement.arguments(values) for values in several])
