"""Where a page of a list begins: the rows that follow a position, by the columns that order the list."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, literal, true, tuple_


def rows_after(position: Sequence[Any] | None, *order: ColumnElement[Any], newest_first: bool = False) -> Any:
    """The condition for a page: rows after `position` in the list's order, all rows for None.

    Values are typed as their columns are: PostgreSQL compares no uuid with text.
    """
    if position is None:
        return true()
    values = tuple_(*(literal(value, column.type) for value, column in zip(position, order, strict=True)))
    return tuple_(*order) < values if newest_first else tuple_(*order) > values
