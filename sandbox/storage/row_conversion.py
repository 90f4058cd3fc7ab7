"""Values as rows: a field and its column have one name; instants are written as texts, enums as what they are worth."""

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any

from sandbox.storage.timestamps import from_text, to_text


def columns_of(value: Any) -> dict[str, Any]:
    """The fields of a dataclass as they are written, into rows and into answers."""
    return {name: _written(getattr(value, name)) for name in value.__dataclass_fields__}


def fields_of(row: sqlite3.Row) -> dict[str, Any]:
    """The columns of a row, those that end in `_time` as instants."""
    return {
        name: from_text(value) if name.endswith("_time") and value is not None else value
        for name, value in dict(row).items()
    }


def insert(connection: sqlite3.Connection, table: str, columns: Mapping[str, Any]) -> None:
    """Enters a row."""
    marks = ", ".join(f":{name}" for name in columns)
    written = {name: _written(value) for name, value in columns.items()}
    connection.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", written)


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return to_text(value)
    return value.value if isinstance(value, Enum) else value
