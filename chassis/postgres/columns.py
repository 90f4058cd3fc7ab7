"""Columns, checks and names of constraints that every service's tables use, and where its tables are."""

import importlib
from collections.abc import Iterable
from enum import Enum
from typing import Any, Final

from sqlalchemy import CheckConstraint, Column, ColumnElement, DateTime, MetaData, Text, any_, bindparam
from sqlalchemy.dialects.postgresql import ARRAY, UUID

CONSTRAINT_NAMES: Final = {
    "pk": "%(table_name)s_pkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_name)s_fkey",
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
}
"""Every constraint has a name, since refusals are read off it: pass it to `MetaData(naming_convention=...)`."""


def an_id(name: str, *constraints: Any, **options: Any) -> Column[str]:
    """A UUID, as text in Python; always there unless the options say otherwise."""
    return Column(name, UUID(as_uuid=False), *constraints, **({"nullable": False} | options))


def text_columns(*names: str) -> list[Column[str]]:
    """Texts that are always there; the empty one where there is nothing to say."""
    return [Column(name, Text, nullable=False) for name in names]


def text_key(*names: str) -> list[Column[str]]:
    """Texts that are a table's key, or a part of it."""
    return [Column(name, Text, primary_key=True) for name in names]


def instant(name: str, *, nullable: bool = False) -> Column[Any]:
    """An instant, aware and in UTC."""
    return Column(name, DateTime(timezone=True), nullable=nullable)


def any_of(column: Column[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """The condition that a column has one of any number of values: they are one parameter, and the plan is kept."""
    return column == any_(bindparam(None, list(values), ARRAY(column.type)))


def among(column: str, values: Iterable[Enum]) -> str:
    """The condition that a column has one of the values; the same text whatever order they come in."""
    return f"{column} IN ({', '.join(sorted(repr(value.value) for value in values))})"


def one_of(column: str, values: Iterable[Enum]) -> CheckConstraint:
    """The check that a column has one of the values, named after the column."""
    return CheckConstraint(among(column, values), name=column)


def tables_of(service: str) -> MetaData:
    """The tables of a service as its `tables.py` describes them."""
    tables = importlib.import_module(f"services.{service}.tables")
    return next(value for value in vars(tables).values() if isinstance(value, MetaData))
