"""Rows and the dataclasses kept in them: where a column and a field have one name, it is said once."""

from collections.abc import Callable
from dataclasses import MISSING, fields
from enum import Enum
from functools import cache
from typing import Any, Protocol, TypeVar, get_args, get_origin, get_type_hints
from uuid import UUID

import sqlalchemy

Made = TypeVar("Made")


class Row(Protocol):
    """Values by the names of their columns: a record of the driver, a mapping."""

    def __getitem__(self, name: str, /) -> Any: ...


def from_row(kind: type[Made], row: Row | sqlalchemy.Row[Any], /, **named: Any) -> Made:
    """A value of `kind`, a dataclass: `named` fields as given, and every other one from the column of its name.

    An enum is made of its value, a tuple of an array, and a text of the driver's UUID. NULL is the field's default
    where it has one, as for an outer join that finds nothing, and the empty text for a `str`.
    """
    columns: Row = row._mapping if isinstance(row, sqlalchemy.Row) else row
    for name, convert, empty in _fields_of(kind):  # type: ignore[arg-type]  # mypy takes classes for unhashable
        if name not in named:
            value = columns[name]
            named[name] = empty if value is None else value if convert is None else convert(value)
    return kind(**named)


def row_of(table: sqlalchemy.Table, source: object, /, **named: Any) -> dict[str, Any]:
    """What a table keeps of a dataclass: `named` columns as given, and every other one from the field of its name.

    Enums are kept as their values, and the empty text as NULL where a column may be NULL.
    """
    for name, nullable in _kept(table, type(source)):  # type: ignore[arg-type]  # as above
        if name not in named:
            value = getattr(source, name)
            value = value.value if isinstance(value, Enum) else value
            named[name] = None if nullable and value == "" else value
    return named


@cache
def _fields_of(kind: type[Any]) -> list[tuple[str, Callable[[Any], Any] | None, Any]]:
    """Of every field its name, how it is made of what is not NULL, and what NULL is."""
    hints = get_type_hints(kind)
    found: list[tuple[str, Callable[[Any], Any] | None, Any]] = []
    for field in fields(kind):
        hint = hints[field.name]
        empty = "" if hint is str else None
        found.append((field.name, _conversion(hint), empty if field.default is MISSING else field.default))
    return found


def _conversion(hint: Any) -> Callable[[Any], Any] | None:
    if get_origin(hint) is tuple:
        return tuple
    if hint is str:
        return _text
    kinds = [one for one in get_args(hint) or (hint,) if isinstance(one, type) and issubclass(one, Enum)]
    return {member.value: member for member in kinds[0]}.__getitem__ if kinds else None


def _text(value: Any) -> Any:
    """An id as text: the driver has a class of its own for UUIDs, SQLAlchemy does not show it."""
    return str(value) if isinstance(value, UUID) else value


@cache
def _kept(table: sqlalchemy.Table, kind: type[Any]) -> list[tuple[str, bool]]:
    shared = {field.name for field in fields(kind)}
    return [(column.name, bool(column.nullable)) for column in table.columns if column.name in shared]
