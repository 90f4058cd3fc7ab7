"""The catalogue as an import would leave it."""

from dataclasses import dataclass, field

from services.enrollment.domain.importing.reading import Line
from services.enrollment.domain.importing.specs import TABLES, Key, Row


@dataclass(slots=True)
class Draft:
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
