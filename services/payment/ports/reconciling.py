"""What payment needs to reconcile a day: where bills and statements are kept, and who signs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from services.payment.domain.reconciling import Day, Difference, Span, Statement, Totals
from services.payment.ports import BillLine


@dataclass(frozen=True, slots=True)
class Run:
    """One reading of a day's bill. Its lines are seen by nobody until the whole bill is believed."""

    run_id: str
    day: Day


class Books(Protocol):
    """Bills as they were read, the differences found in them, and the statements drawn up."""

    async def begin(self, day: Day, *, now: datetime, lease: timedelta) -> Run | None:
        """Takes the right to reconcile a day; None while somebody else has it."""
        ...

    async def write_lines(self, run: Run, first: int, lines: Sequence[BillLine]) -> None:
        """Keeps lines of the bill, numbered from `first`."""
        ...

    async def keep(self, run: Run, *, read: int, now: datetime, lease: timedelta) -> bool:
        """Says that the run is alive and how many lines it has read; False when somebody else has taken over."""
        ...

    async def abandon(self, run: Run) -> None:
        """Gives a run up: everything is as it was before it."""
        ...

    async def compare(self, run: Run, span: Span, *, today: date, now: datetime) -> None:
        """Compares the bill with orders, refunds and receipts. Differences that were known and are gone are healed,
        and their entries of the operator's queue with them.
        """
        ...

    async def unhealed(self, day: Day, after: tuple[str, str, str] | None, limit: int) -> list[Difference]:
        """Differences that remain, by kind, trade and refund number."""
        ...

    async def raised(self, day: Day, difference: Difference, *, now: datetime) -> None:
        """Puts a difference that did not heal into the operator's queue, once."""
        ...

    async def totals(self, run: Run, span: Span) -> Totals:
        """Both sides added up."""
        ...

    async def finish(self, run: Run, statement: Statement, *, now: datetime) -> bool:
        """Publishes the statement and ends the run; the bill read before is forgotten. False when somebody else has
        taken over.
        """
        ...

    async def statement(self, day: Day, *, now: datetime) -> Statement | None:
        """The statement of a day, or how far its first run is."""
        ...

    async def drawn(self, day: Day) -> Statement | None:
        """The statement last drawn up for a day, whoever is drawing up the next."""
        ...

    async def statements(self, after: Day | None, limit: int, *, now: datetime) -> list[Statement]:
        """Statements, the newest day first."""
        ...

    async def differences(self, day: Day, after: tuple[str, str, str] | None, limit: int) -> list[Difference]:
        """All differences of a day, by trade number, refund number and kind."""
        ...

    async def left_behind(self, *, now: datetime) -> list[Day]:
        """Days whose run has died."""
        ...

    async def not_run_since(self, days: Sequence[Day], since: datetime) -> list[Day]:
        """Those of the days whose last finished run lies before `since`, or who have none."""
        ...


class StatementSigner(Protocol):
    """Signs statements."""

    @property
    def key_id(self) -> str:
        """Which key signs."""
        ...

    def sign(self, document: bytes) -> bytes:
        """An Ed25519 signature."""
        ...
