"""Copies of what a database holds of one person, by the thousand, each under names of its own.

A suite takes a quarter of a second of CPU to bring a candidate to a checkout; a copy of the rows of one who got there
takes a millisecond. Which tables and columns there are is read from the database, so that this works for the suite of
any commit: a row is a person's when one of their words (an id, a ticket number) is in it.
"""

import asyncio
import base64
import io
import re
import secrets
import uuid
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg

from chassis.ids import new_id

SCHEMAS: Final = ("enrollment", "payment")
"""The services that check out and settle. Nobody asks identity or review meanwhile."""
QUIET_SECONDS: Final = 1.0
LONGEST_SECONDS: Final = 30.0
SOON: Final = timedelta(hours=2)
AT_ONCE: Final = 2_000
"""Copies whose rows are written with one statement."""

UUID: Final = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?\+00")

_TABLES: Final = """
SELECT n.nspname AS schema, c.relname AS name,
  array_agg(a.attname ORDER BY a.attnum) FILTER (WHERE a.attgenerated = '' AND a.attidentity = '') AS columns,
  (SELECT array_agg(k.attname) FROM pg_index i JOIN pg_attribute k ON k.attrelid = c.oid AND k.attnum = ANY(i.indkey)
   WHERE i.indrelid = c.oid AND i.indisprimary) AS key
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname = ANY($1)
GROUP BY c.oid, n.nspname, c.relname ORDER BY 1, 2
"""

Words = Mapping[str, str]
"""What names the original, and what names a copy instead."""


class NothingToCopy(Exception):
    """The database does not hold what was expected of a person."""


@dataclass(frozen=True, slots=True)
class CopiedTable:
    """A table: its columns that are written, and its primary key."""

    schema: str
    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]

    @property
    def quoted(self) -> str:
        """As statements name it."""
        return f'"{self.schema}"."{self.name}"'

    @property
    def written(self) -> str:
        """The written columns, as statements name them."""
        return ", ".join(f'"{column}"' for column in self.columns)


@dataclass(frozen=True, slots=True)
class KeyedTable:
    """The table of things of one kind (orders, selections): its key, and the column of the person they belong to."""

    table: CopiedTable
    key: str
    owner: str

    async def count(self, url: str, keys: Sequence[str] = (), owners: Sequence[str] = (), state: str = "") -> int:
        """How many there are with these keys, or of these owners; of this state, when one is given."""
        column, values = (self.key, keys) if keys else (self.owner, owners)
        statement = f'SELECT count(*) FROM {self.table.quoted} WHERE "{column}" = ANY($1::uuid[])'
        async with connected(url) as connection:
            if state:
                return int(await connection.fetchval(f"{statement} AND state = $2", values, state))
            return int(await connection.fetchval(statement, values))

    async def empty(self, url: str) -> None:
        """Removes everything in it, and what refers to it."""
        async with connected(url) as connection:
            await connection.execute(f"TRUNCATE {self.table.quoted} CASCADE")

    async def take_away(self, url: str, owners: Sequence[str]) -> None:
        """Removes what is these owners', and every trace of it from the table's pages."""
        async with connected(url) as connection:
            await connection.execute(f'DELETE FROM {self.table.quoted} WHERE "{self.owner}" = ANY($1::uuid[])', owners)
            await connection.execute(f"VACUUM ANALYZE {self.table.quoted}")


@dataclass(frozen=True, slots=True)
class Original:
    """The rows of one person, as text, by table; `words` are the names to be replaced in them."""

    rows: Mapping[CopiedTable, str]
    words: Sequence[str]


async def read_original(url: str, words: Sequence[str], now: datetime) -> Original:
    """The person's rows, once nothing is on its way about them any more. Raises NothingToCopy.

    What was to happen within two hours after `now` (a question to the platform, say) happens a day later in copies:
    the world outside knows nothing of them.
    """
    async with connected(url) as connection:
        tables = await _tables(connection)
        rows = await _rows(connection, tables, words)
        for _ in range(int(LONGEST_SECONDS / QUIET_SECONDS)):
            await asyncio.sleep(QUIET_SECONDS)
            before, rows = rows, await _rows(connection, tables, words)
            if rows == before:
                break
    if not rows:
        raise NothingToCopy("the suite's tables hold nothing of the candidate whom it has just answered")
    found = {word for text in rows.values() for word in UUID.findall(text)}
    return Original({table: _later(text, now) for table, text in rows.items()}, [*{*words, *found}])


async def write_copies(url: str, original: Original, count: int) -> list[Words]:
    """Writes them as the owner of the database, past the guards that hold single steps to their order."""
    everybody = [_renamed(original.words) for _ in range(count)]
    pieces = {table: Pieces.of(text, original.words) for table, text in original.rows.items()}
    async with connected(url) as connection:
        await connection.execute("SET session_replication_role = replica")
        for table, cut in pieces.items():
            for start in range(0, count, AT_ONCE):
                written = io.BytesIO("".join(cut.joined(everybody[start : start + AT_ONCE])).encode())
                await connection.copy_to_table(
                    table.name, schema_name=table.schema, columns=list(table.columns), source=written
                )
            await connection.execute(f"ANALYZE {table.quoted}")
    return everybody


async def copy_tables(url: str, other_url: str, schemas: Sequence[str] = SCHEMAS) -> None:
    """Fills the tables of one database with what the same tables of another hold."""
    async with connected(url) as source, connected(other_url) as target:
        await target.execute("SET session_replication_role = replica")
        tables = await _tables(source, schemas)
        await target.execute(f"TRUNCATE {', '.join(table.quoted for table in tables)}")
        for table in tables:
            copied = io.BytesIO()
            await source.copy_from_query(f"SELECT {table.written} FROM {table.quoted}", output=copied)
            copied.seek(0)
            await target.copy_to_table(table.name, schema_name=table.schema, columns=list(table.columns), source=copied)
            await target.execute(f"ANALYZE {table.quoted}")


async def keyed_by(url: str, schema: str, key: str, owner: str) -> KeyedTable:
    """The service's table whose primary key is `key` in one row, of which another column is `owner`.

    Raises NothingToCopy.
    """
    async with connected(url) as connection:
        for table in await _tables(connection, [schema]):
            if len(table.key) != 1:
                continue
            select = f"SELECT to_jsonb(t) - '{table.key[0]}' FROM {table.quoted} t WHERE \"{table.key[0]}\"::text = $1"
            held = await connection.fetchval(select, key)
            named = re.search(rf'"(\w+)": "{owner}"', held) if held else None
            if named:
                return KeyedTable(table, table.key[0], named[1])
    raise NothingToCopy("the suite's tables hold nothing under the id that it has just answered")


@asynccontextmanager
async def connected(url: str) -> AsyncIterator["asyncpg.Connection[Any]"]:
    """A connection of the owner's, for which instants are those of UTC."""
    connection = await asyncpg.connect(url, server_settings={"timezone": "UTC"})
    try:
        yield connection
    finally:
        await connection.close()


@dataclass(frozen=True, slots=True)
class Pieces:
    """A text cut at the words, which stand at every other place."""

    parts: Sequence[str]

    @classmethod
    def of(cls, text: str, words: Iterable[str]) -> "Pieces":
        """Cuts the text, at the longest of the words wherever several begin."""
        forms = sorted((form for word in words for form in _forms(word)), key=len, reverse=True)
        return cls(re.split(f"({'|'.join(map(re.escape, forms))})", text))

    def joined(self, renamed: Iterable[Words]) -> Iterator[str]:
        """The text of every copy."""
        for words in renamed:
            yield "".join(words[part] if place % 2 else part for place, part in enumerate(self.parts))


async def _tables(connection: "asyncpg.Connection[Any]", schemas: Sequence[str] = SCHEMAS) -> list[CopiedTable]:
    found = await connection.fetch(_TABLES, schemas)
    return [CopiedTable(row["schema"], row["name"], tuple(row["columns"]), tuple(row["key"] or ())) for row in found]


async def _rows(
    connection: "asyncpg.Connection[Any]", tables: Iterable[CopiedTable], words: Sequence[str]
) -> dict[CopiedTable, str]:
    patterns = [f"%{word}%" for word in words]
    found = dict[CopiedTable, str]()
    for table in tables:
        copied = io.BytesIO()
        query = f"SELECT {table.written} FROM {table.quoted} t WHERE t::text LIKE ANY($1)"
        await connection.copy_from_query(query, patterns, output=copied)
        if copied.getvalue():
            found[table] = copied.getvalue().decode()
    return found


def _later(rows: str, now: datetime) -> str:
    def moved(field: str) -> str:
        if not INSTANT.fullmatch(field):
            return field
        instant = datetime.fromisoformat(f"{field}:00")
        return (instant + timedelta(days=1)).isoformat(" ") if now < instant < now + SOON else field

    return "".join("\t".join(map(moved, row.split("\t"))) + "\n" for row in rows.splitlines())


def _renamed(words: Iterable[str]) -> Words:
    found = dict[str, str]()
    for word in sorted(words, key=lambda word: UUID.fullmatch(word) is None):
        if UUID.fullmatch(word):
            found |= zip(_forms(word), _forms(new_id()), strict=True)
        else:
            found[word] = _derived(word, found)
    return found


def _derived(word: str, ids: Words) -> str:
    """The word with the new id in it where it is made from an id, as trade numbers are; else just another one."""
    made_from = next((old for old in ids if old in word), None)
    return word.replace(made_from, ids[made_from]) if made_from else _another(word)


def _forms(word: str) -> tuple[str, ...]:
    """A word as it may be written inside others: an id also in hexadecimal, and in base 32 as in trade numbers."""
    if not UUID.fullmatch(word):
        return (word,)
    plain = uuid.UUID(word)
    return word, plain.hex, base64.b32encode(plain.bytes).decode().rstrip("=").lower()


def _another(word: str) -> str:
    """Something of the same length that begins as the word does."""
    kept = word[:-12] if len(word) > 12 else word[:1]
    return kept + "".join(secrets.choice("0123456789") for _ in range(len(word) - len(kept)))
