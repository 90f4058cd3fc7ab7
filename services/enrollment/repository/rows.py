"""Rows to domain values and back, by the names of their columns and for whichever way they were read."""

from collections.abc import Sequence
from typing import Any, Final

import asyncpg

from chassis.postgres.rows import Row, from_row
from services.enrollment.domain.catalogue import TimeRange
from services.enrollment.domain.selections import Selection


class Columns:
    """Columns that are read together: of a row, or as one value inside another row (`ROW`), which PostgreSQL sends
    without their names. `computed` are expressions by name, in which `{0}` stands for the table.
    """

    def __init__(self, *columns: str, **computed: str) -> None:
        plain = {column.partition("::")[0]: f"{{0}}.{column}" for column in columns}
        self._columns = plain | computed

    def of(self, table: str) -> str:
        """The columns for a SELECT or RETURNING."""
        return ", ".join(f"{column.format(table)} AS {name}" for name, column in self._columns.items())

    def row_of(self, table: str) -> str:
        """The columns as one value."""
        return f"ROW({', '.join(column.format(table) for column in self._columns.values())})"

    def named(self, values: Sequence[Any]) -> Row:
        """Such a value, with the names of its columns again."""
        return dict(zip(self._columns, values, strict=True))


SELECTION: Final = Columns(
    "selection_id::text",
    "candidate_id::text",
    "registration_id::text",
    "session_id",
    "course_code",
    "course_kind",
    "fee_fen",
    "state",
    "order_id::text",
    "void_reason",
    "review_case_id::text",
    "create_time",
    "update_time",
    start_time="lower({0}.time_range)",
    end_time="upper({0}.time_range)",
)
REGISTRATION: Final = Columns(
    "registration_id::text",
    "candidate_id::text",
    "school_code",
    "major_code",
    "origin",
    "proof_state",
    "ticket_number",
    "pledge_version",
    "review_case_id::text",
    "create_time",
    "version",
)
CHECKOUT: Final = Columns(
    "order_id::text",
    "candidate_id::text",
    "session_id",
    "selection_ids::text[]",
    "total_fen",
    "state",
    "undertaking_version",
    "payment_cutoff",
    "fingerprint",
    "create_time",
)


def selection(row: Row) -> Selection:
    """A selection from the columns of SELECTION."""
    return from_row(Selection, row, occupies=time_range(row))


def time_range(row: Row) -> TimeRange | None:
    """What a selection's examination takes, from `start_time` and `end_time`."""
    return None if row["start_time"] is None else TimeRange(row["start_time"], row["end_time"])


def range_of(occupies: TimeRange | None) -> "asyncpg.Range | None":
    """A range for the driver: closed below, open above."""
    return None if occupies is None else asyncpg.Range(occupies.start, occupies.end)
