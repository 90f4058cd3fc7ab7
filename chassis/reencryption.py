"""Puts what was sealed under earlier keys under the one in use, in a database that is being worked with.

A batch at a time: each row is written only if nobody changed it since it was read; who did has sealed it anew. What is
done is recognised by its key's name, so a run that was ended goes on where it was.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, MetaData, Row, Table, and_, bindparam, func, or_, select, tuple_, update

from chassis.media.blobs import SealedBlobs
from chassis.postgres.database import Database
from chassis.security.encryption import FieldCipher

SEALED: Final = "_cipher"
"""How columns that are sealed end."""

BATCH: Final = 200
IMAGES: Final = "images"


@dataclass(frozen=True, slots=True)
class EncryptedData:
    """What a service has sealed: columns of its tables, and images. `context` says what a value is bound to, from the
    first column of its row's primary key and the column's name without its ending.
    """

    metadata: MetaData
    cipher: FieldCipher
    blobs: SealedBlobs
    context: Callable[[str, str], str]

    @property
    def tables(self) -> Sequence[Table]:
        """Those with sealed columns."""
        return [table for table in self.metadata.sorted_tables if _sealed(table)]


@dataclass(frozen=True, slots=True)
class Progress:
    """So many rows of a table, or images, were looked at."""

    what: str
    looked_at: int
    rewritten: int


async def count_remaining(data: EncryptedData, db: Database) -> dict[str, int]:
    """How many rows of each table are under an earlier key."""
    counts = {}
    for table in data.tables:
        found = await db.fetch_one(select(func.count()).select_from(table).where(_earlier(table, data.cipher)))
        counts[table.name] = int(found[0]) if found else 0
    return counts


async def reencrypt(data: EncryptedData, db: Database) -> AsyncIterator[Progress]:
    """Puts everything under the key in use. Raises Undecipherable where a key is missing."""
    for table in data.tables:
        async for step in _rows(table, data, db):
            yield step
    async for key in data.blobs.keys():
        yield Progress(IMAGES, 1, int(await data.blobs.reseal(key)))


async def _rows(table: Table, data: EncryptedData, db: Database) -> AsyncIterator[Progress]:
    keys, after = list(table.primary_key), None
    while True:
        found = await db.fetch(_batch(table, data.cipher, after))
        if not found:
            return
        changes = [_change(row, table, data) for row in found]
        async with db.transaction() as connection:
            await connection.execute(_rewriting(table), changes)
        yield Progress(table.name, len(found), len(found))
        after = tuple(found[-1])[: len(keys)]


def _sealed(table: Table) -> list[Any]:
    return [column for column in table.columns if column.name.endswith(SEALED)]


def _earlier(table: Table, cipher: FieldCipher) -> ColumnElement[bool]:
    mark = cipher.mark
    return or_(*(and_(column.is_not(None), func.substr(column, 1, len(mark)) != mark) for column in _sealed(table)))


def _batch(table: Table, cipher: FieldCipher, after: tuple[Any, ...] | None) -> Any:
    keys = list(table.primary_key)
    statement = select(*keys, *_sealed(table)).where(_earlier(table, cipher)).order_by(*keys).limit(BATCH)
    return statement if after is None else statement.where(tuple_(*keys) > tuple_(*after, types=[k.type for k in keys]))


def _change(row: Row[Any], table: Table, data: EncryptedData) -> dict[str, Any]:
    """The parameters of `_rewriting`: which row, what it held, what it will hold."""
    held = row._mapping
    change = {f"key_{column.name}": held[column.name] for column in table.primary_key}
    first = str(row[0])
    for column in _sealed(table):
        stored = held[column.name]
        context = data.context(first, column.name.removesuffix(SEALED))
        change[f"old_{column.name}"] = stored
        change[f"new_{column.name}"] = None if stored is None else _resealed(stored, context, data.cipher)
    return change


def _resealed(stored: bytes, context: str, cipher: FieldCipher) -> bytes:
    return cipher.seal(cipher.unseal(stored, context=context), context=context)


def _rewriting(table: Table) -> Any:
    same_row = [column == bindparam(f"key_{column.name}") for column in table.primary_key]
    unchanged = [
        column.is_not_distinct_from(bindparam(f"old_{column.name}", type_=column.type)) for column in _sealed(table)
    ]
    return (
        update(table)
        .where(*same_row, *unchanged)
        .values({column: bindparam(f"new_{column.name}") for column in _sealed(table)})
    )
