"""The kinds of columns that payment's tables are made of."""

from typing import Any, Final

from sqlalchemy import BigInteger, Column, Integer, MetaData, Text, text

from chassis.postgres.columns import CONSTRAINT_NAMES

metadata: Final = MetaData(naming_convention=CONSTRAINT_NAMES)


def a_text(name: str, **options: Any) -> Column[str]:
    """A text that is always there."""
    return Column(name, Text, nullable=False, **options)


def an_empty_text(name: str) -> Column[str]:
    """A text that is empty until something is known."""
    return a_text(name, server_default=text("''"))


def a_count(name: str, start: int = 0) -> Column[int]:
    """A number that grows."""
    return Column(name, Integer, nullable=False, server_default=text(str(start)))


def fen(name: str, **options: Any) -> Column[int]:
    """An amount of money (PA-8)."""
    return Column(name, BigInteger, nullable=False, **options)
