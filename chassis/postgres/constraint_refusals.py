"""What is said when a constraint of the database refuses: never a bare error, and by name of the field wherever one is
meant (F-26).

A repository that knows what a constraint stands for says so in a table, `REFUSED_BY`, and runs its statement inside
`refused_by_constraint`. What no repository knows of is `ConflictsWithStored`, which names those fields of the request
that are called as the constraint's columns.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeAlias

import asyncpg
from google.protobuf.message import Message
from sqlalchemy import CheckConstraint, MetaData, Table
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.schema import ColumnCollectionConstraint

from chassis.errors import Code, FieldViolation, Refusal
from chassis.postgres.database import violated_constraint

NO_COLUMNS: Final[Mapping[str, Sequence[str]]] = {}
_WORD: Final = re.compile(r"[a-z_]+")


class ConflictsWithStored(Refusal):
    """The database holds something that what was asked for cannot stand beside (F-26). Services name what they know of;
    this is said of the rest, and logged as an error.
    """

    reason = "CONFLICTS_WITH_STORED"
    code = Code.FAILED_PRECONDITION
    zh = "与已有数据冲突，请刷新后重试。"
    en = "This conflicts with what is stored. Load it again and try again."


@dataclass(frozen=True, slots=True)
class Conflict:
    """What a violated constraint stands for: a refusal, and the field of the request that it is about; none where it is
    about no single one.
    """

    refusal: type[Refusal]
    field: str = ""

    def refused(self) -> Refusal:
        """The refusal, with its field."""
        kind = self.refusal
        return kind(fields=[FieldViolation(self.field, kind.reason, kind.zh, kind.en)] if self.field else ())


Conflicts: TypeAlias = Mapping[str, Conflict]
"""By the name of a constraint."""


@contextmanager
def refused_by_constraint(conflicts: Conflicts) -> Iterator[None]:
    """Raises the refusal that a violated constraint stands for; of others, what the driver raised."""
    try:
        yield
    except (IntegrityError, asyncpg.IntegrityConstraintViolationError) as error:
        conflict = conflicts.get(violated_constraint(error) or "")
        if conflict is None:
            raise
        raise conflict.refused() from error


def columns_of_constraints(metadata: MetaData) -> Mapping[str, Sequence[str]]:
    """The columns that each named constraint and unique index is about."""
    return {name: columns for table in metadata.sorted_tables for name, columns in _of_table(table)}


def conflict_with_stored(columns: Sequence[str], request: Message) -> ConflictsWithStored:
    """What is said of a constraint about these columns: fields of the request that are called so are named, or those of
    a message in it.
    """
    fields = request.DESCRIPTOR.fields_by_name
    here = [column for column in columns if column in fields]
    inner = [
        f"{field.name}.{column}"
        for field in fields.values()
        if field.message_type is not None and not field.is_repeated
        for column in columns
        if column in field.message_type.fields_by_name
    ]
    kind = ConflictsWithStored
    return kind(fields=[FieldViolation(path, kind.reason, kind.zh, kind.en) for path in here or inner])


def _of_table(table: Table) -> Iterator[tuple[str, Sequence[str]]]:
    for constraint in table.constraints:
        if isinstance(constraint, CheckConstraint):
            words = set(_WORD.findall(str(constraint.sqltext)))
            yield str(constraint.name), [column.name for column in table.columns if column.name in words]
        elif isinstance(constraint, ColumnCollectionConstraint):
            yield str(constraint.name), [column.name for column in constraint.columns]
    for index in table.indexes:
        if index.unique:
            yield str(index.name), [column.name for column in index.columns]
