"""How much an import would remove, and from where on the number must be named (EN-20)."""

from collections.abc import Sequence
from typing import Final

from services.enrollment.domain.imports.catalogue_draft import Change
from services.enrollment.domain.imports.file_formats import TABLES, Replaces, Tables

UNNAMED_REMOVALS: Final = 10
UNNAMED_SHARE: Final = 0.05
"""More than both, of the entries that a file replaces, go only when their number is named."""


def removed(changes: Sequence[Change]) -> int:
    """All entries that the changes remove."""
    return sum(len(change.deletes) for change in changes)


def removals_to_confirm(changes: Sequence[Change], present: Tables) -> int:
    """All entries that the changes remove, where one table loses more than may go unnamed; 0 where none does."""
    return removed(changes) if any(_is_large(change, present) for change in changes) else 0


def _is_large(change: Change, present: Tables) -> bool:
    gone = len(change.deletes)
    return gone > UNNAMED_REMOVALS and gone > UNNAMED_SHARE * _replaced(change, present)


def _replaced(change: Change, present: Tables) -> int:
    """How many entries stood where the file now stands: those of the same sessions, or all."""
    entries = present.get(change.table, {})
    if TABLES[change.table].replaces is not Replaces.SESSION:
        return len(entries)
    touched = {entries[key]["session_id"] for key in change.deletes}
    return sum(row["session_id"] in touched for row in entries.values())
