"""The catalogue as an import would leave it."""

from dataclasses import dataclass, field

from services.enrollment.domain.imports.file_formats import TABLES, Key, Row
from services.enrollment.domain.imports.file_rows import Line


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one table."""

    table: str
    upserts: tuple[Row, ...]
    deletes: tuple[Key, ...]


@dataclass(slots=True)
class CatalogueDraft:
    """The catalogue as it would be, with the line each imported entry comes from."""

    tables: dict[str, dict[Key, Row]]
    lines: dict[tuple[str, Key], Line] = field(default_factory=dict)

    def put(self, table: str, row: Row, line: Line) -> None:
        """Keeps what the table stores of a row, and where it comes from."""
        spec = TABLES[table]
        kept = {column: row[column] for column in spec.kept}
        key = spec.key_of(kept)
        self.tables[table][key] = kept
        self.lines[table, key] = line
