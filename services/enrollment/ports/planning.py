"""What takes a thread of its own: solving graduation plans (EN-13), reading spreadsheets (EN-1)."""

from typing import Protocol

from services.enrollment.domain.graduation import Schedule, Task
from services.enrollment.domain.importing import CatalogueFile, SheetFile


class Planner(Protocol):
    """Finds schedules that are proven to be the best."""

    async def fewest_sessions(self, task: Task) -> Schedule | None:
        """The schedule with the fewest sessions, and among those the one that ends first; None where there is none.

        Raises Overloaded.
        """
        ...

    async def furthest(self, task: Task) -> Schedule:
        """The schedule that leaves the fewest courses after the last session, then the fewest credits. Raises
        Overloaded.
        """
        ...


class Sheets(Protocol):
    """Reads spreadsheets."""

    async def read(self, file: CatalogueFile) -> SheetFile:
        """The words in the cells of a workbook's first sheet, or what is wrong with it. Raises Overloaded."""
        ...
