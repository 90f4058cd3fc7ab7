"""Every bad line of an import, in a file beside the imported one."""

import csv
from collections.abc import Sequence
from pathlib import Path

from chassis.imports.enrolled_file import LineFault
from chassis.spreadsheet_cells import inert_row

COLUMNS = ("line", "column", "reason", "message_zh", "message_en")


class FaultsFile:
    """Where each bad line is and what is wrong with it, never what it says."""

    def __init__(self, path: Path) -> None:
        self.path = path.with_name(f"{path.name}.faults.csv")

    @property
    def exist(self) -> bool:
        """Whether any line was bad, in this run or in those before it that it goes on from."""
        return self.path.exists()

    def forget(self) -> None:
        """Those of a run that is over."""
        self.path.unlink(missing_ok=True)

    def add(self, faults: Sequence[LineFault]) -> None:
        """Appends."""
        if not faults:
            return
        fresh = not self.exist
        with self.path.open("a", encoding="utf-8-sig" if fresh else "utf-8", newline="") as file:
            writer = csv.writer(file)
            if fresh:
                writer.writerow(COLUMNS)
            told = ((str(one.line), one.column, one.reason, one.zh, one.en) for one in faults)
            writer.writerows(map(inert_row, told))

    def rows(self) -> list[list[str]]:
        """All of them."""
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.reader(file))[1:]
