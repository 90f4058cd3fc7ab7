"""Exports what a service holds about a candidate (ID-20): a JSON file for each table, and what the audit log tells."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import date, datetime, time
from typing import Any, Final, Protocol

from sqlalchemy import Executable, Row, select, text
from zikao.common.v1.personal_data_pb2 import ExportOwnDataResponse

from chassis.personal_data.own_rows import OwnRows

PIECE: Final = 256 * 1024
SEALED: Final = "_cipher"

File = tuple[str, bytes]
"""A file's name within the service, and what is in it."""

Unseal = Callable[[str, str, bytes], str]
"""Opens a sealed value, by the id of its row and its column's name without the ending."""

_NOTED: Final = text("""
SELECT create_time, actor_role, organisation, action, object_kind, object_id, reason
FROM audit_entries WHERE candidate_id = :owner ORDER BY number
""")
"""What was done about the candidate; which member of staff it was is not theirs to know (ID-19)."""


class Source(Protocol):
    """Where rows are read."""

    async def fetch(self, statement: Executable, params: Any = None) -> Sequence[Row[Any]]:
        """All rows."""
        ...


def nothing_sealed(row_id: str, column: str, sealed: bytes) -> str:
    """For services that seal nothing. Raises LookupError."""
    raise LookupError(column)


async def export_rows(
    source: Source, tables: Sequence[OwnRows], candidate_id: str, unseal: Unseal = nothing_sealed
) -> AsyncIterator[File]:
    """One file for each table that has rows of the candidate, sealed values opened, secrets left out."""
    for own in tables:
        found = await source.fetch(select(own.table).where(own.whose), {"owner_id": candidate_id})
        if found:
            yield f"{own.table.name}.json", _written([_shown(own, row, unseal) for row in found])
    if noted := await source.fetch(_NOTED, {"owner": candidate_id}):
        yield "audit_entries.json", _written([dict(row._mapping) for row in noted])


async def in_pieces(files: AsyncIterator[File]) -> AsyncIterator[ExportOwnDataResponse]:
    """Files as messages that are small enough to travel."""
    async for name, content in files:
        for start in range(0, len(content), PIECE):
            yield ExportOwnDataResponse(file_name=name, content=content[start : start + PIECE])


def _shown(own: OwnRows, row: Row[Any], unseal: Unseal) -> dict[str, Any]:
    row_id = str(getattr(row, next(iter(own.table.primary_key)).name))
    shown = {}
    for column in own.table.columns:
        value = row._mapping[column.name]
        if column.name in own.secret:
            continue
        if column.name.endswith(SEALED):
            name = column.name.removesuffix(SEALED)
            shown[name] = None if value is None else unseal(row_id, name, value)
        else:
            shown[column.name] = value
    return shown


def _written(rows: Sequence[dict[str, Any]]) -> bytes:
    return json.dumps(rows, default=_plain, ensure_ascii=False, indent=2).encode()


def _plain(value: object) -> str:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else str(value)
