"""What enrollment needs from outside: identity, payment, a solver of graduation plans, and a reader of spreadsheets."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from services.enrollment.domain.checkouts import Checkout, OrderFate
from services.enrollment.domain.graduation.graduation_plans import Schedule, Task
from services.enrollment.domain.imports.file_rows import CatalogueFile, SheetFile
from services.enrollment.domain.papers import PaperHolder
from services.enrollment.domain.registrations import Standing
from services.enrollment.domain.selections import Selection


class Identity(Protocol):
    """Who knows the person."""

    async def get_standing(self, candidate_id: str) -> Standing | None:
        """The standing as it is now; None when identity knows nobody of that id. Raises ServiceUnavailable when it does
        not say in time.
        """
        ...

    async def get_paper_holder(self, candidate_id: str) -> PaperHolder | None:
        """Whom a paper of the candidate is about; None when there is no such account any more. Raises
        ServiceUnavailable when identity does not say in time.
        """
        ...


class Payment(Protocol):
    """Who keeps the orders."""

    async def create_order(
        self, checkout: Checkout, drafts: Sequence[Selection], names: Mapping[str, str]
    ) -> OrderFate:
        """Creates the order of a checkout, or finds it; UNKNOWN when that cannot be done now.

        `names` are the courses' names by code. Raises OrderRefused when payment will never make the order.
        """
        ...

    async def get_order_fate(self, order_id: str) -> OrderFate:
        """Where an order stands; UNKNOWN when payment does not know it yet. Raises ServiceUnavailable when it does not
        say.
        """
        ...


class PlanSolver(Protocol):
    """Finds schedules that are proven to be the best (EN-13)."""

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


class SpreadsheetReader(Protocol):
    """Reads spreadsheets (EN-1)."""

    async def read(self, file: CatalogueFile) -> SheetFile:
        """The words in the cells of a workbook's first sheet, or what is wrong with it. Raises Overloaded."""
        ...
