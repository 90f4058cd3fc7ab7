"""Reconciling a day (PA-10): the bill is read as a stream, compared where the rows are, healed where that is safe, and
accounted for in a signed statement. Running it again changes nothing that has not changed outside.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from chassis.clock import SHANGHAI
from chassis.errors import NotFound, Refusal
from chassis.telemetry.logs import get_logger
from services.payment.domain.reconciling import (
    HEALABLE,
    MOST_LISTED,
    Day,
    Difference,
    Span,
    Statement,
    covered,
    drawn_up,
    same_but_for_its_time,
)
from services.payment.domain.timeline import Event, EventKind, Source
from services.payment.domain.trade import Step, Trade, TradeState, judge
from services.payment.errors import ProviderUnavailable
from services.payment.ports import BillLine, PaymentProvider
from services.payment.ports.reconciling import Books, Run, StatementSigner
from services.payment.usecases.settling import carry_out, money_finding
from services.payment.usecases.till import Till

_log = get_logger(__name__)

ROUNDS: Final = 5
PAGE: Final = 500


class TakenOver(Exception):
    """The run took too long to show that it is alive, and somebody else began anew."""


@dataclass(frozen=True, slots=True)
class ReconcilingLimits:
    """How many lines are kept at once, how many questions the platform is asked at a time to heal, and for how long a
    run that shows no life is left alone.
    """

    lines: int
    concurrency: int
    lease: timedelta


class Reconciliation:
    """Everything that reconciles a day."""

    def __init__(self, till: Till, books: Books, signer: StatementSigner, limits: ReconcilingLimits) -> None:
        self.till = till
        self.books = books
        self._signer = signer
        self._limits = limits
        self._running: set[asyncio.Task[None]] = set()

    async def reconcile(self, day: Day, *, within: timedelta | None = None) -> Statement:
        """Reconciles a day, or joins whoever is doing so, and answers with the statement: the one drawn up, or after
        `within` how far the run is; it goes on by itself.

        Raises NotFound, BillNotReady, ProviderUnavailable.
        """
        provider, now = self.till.provider_named(day.provider), self.till.clock.now()
        span = covered(day, now)
        if run := await self.books.begin(day, now=now, lease=self._limits.lease):
            work = asyncio.create_task(self._work(run, provider, span))
            self._running.add(work)
            work.add_done_callback(self._ended)
            with suppress(TimeoutError, TakenOver):
                await asyncio.wait_for(asyncio.shield(work), within.total_seconds() if within else None)
        return await self.read(day)

    async def read(self, day: Day) -> Statement:
        """The statement of a day as it stands. Raises NotFound."""
        if (statement := await self.books.statement(day, now=self.till.clock.now())) is None:
            raise NotFound()
        return statement

    async def differences(self, day: Day, after: tuple[str, str, str] | None, limit: int) -> list[Difference]:
        """The differences of a day's statement, by trade number. Raises NotFound."""
        await self.read(day)
        return await self.books.differences(day, after, limit)

    async def drawn(self, day: Day) -> Statement:
        """The statement last drawn up. Raises NotFound."""
        if (statement := await self.books.drawn(day)) is None:
            raise NotFound()
        return statement

    async def listed(self, after: Day | None, limit: int) -> list[Statement]:
        """Statements, the newest day first."""
        return await self.books.statements(after, limit, now=self.till.clock.now())

    async def close(self) -> None:
        """Ends the runs of this process; whoever comes next takes them over."""
        for work in list(self._running):
            work.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _ended(self, work: "asyncio.Task[None]") -> None:
        self._running.discard(work)
        if not work.cancelled():
            work.exception()  # told to whoever waited, and logged; nobody else needs it

    async def _work(self, run: Run, provider: PaymentProvider, span: Span) -> None:
        try:
            await self._read_bill(run, provider)
            await self._compare(run, span)
            await self._heal(run, provider)
            await self._compare(run, span)
            await self._raise_what_is_left(run.day)
            await self._draw_up(run, span)
        except BaseException as error:
            if not isinstance(error, Refusal):
                _log.warning("reconciling_failed", day=run.day.date.isoformat(), error=type(error).__name__)
            await asyncio.shield(self.books.abandon(run))
            raise

    async def _read_bill(self, run: Run, provider: PaymentProvider) -> None:
        """Reads the bill some lines at a time, so that its length costs no memory."""
        read = 0
        async for lines in _in_pieces(provider.bill(run.day.date), self._limits.lines):
            await self.books.write_lines(run, read, lines)
            read += len(lines)
            await self._alive(run, read)
        await self._alive(run, read)

    async def _alive(self, run: Run, read: int) -> None:
        now = self.till.clock.now()
        if not await self.books.keep(run, read=read, now=now, lease=self._limits.lease):
            raise TakenOver

    async def _compare(self, run: Run, span: Span) -> None:
        now = self.till.clock.now()
        await self.books.compare(run, span, today=_local(now), now=now)

    async def _heal(self, run: Run, provider: PaymentProvider) -> None:
        """Asks the platform about every payment that the bill has and the order has not, and believes its answer."""
        room = asyncio.Semaphore(self._limits.concurrency)

        async def ask(difference: Difference) -> None:
            async with room:
                await settle_by_asking(self.till, provider, difference.out_trade_no)

        async for page in self._unhealed(run.day):
            await asyncio.gather(*(ask(one) for one in page if one.kind in HEALABLE))

    async def _raise_what_is_left(self, day: Day) -> None:
        async for page in self._unhealed(day):
            for difference in page:
                if not difference.exception_id:
                    await self.books.raised(day, difference, now=self.till.clock.now())

    async def _unhealed(self, day: Day) -> AsyncIterator[list[Difference]]:
        after: tuple[str, str, str] | None = None
        while page := await self.books.unhealed(day, after, PAGE):
            yield page
            last = page[-1]
            after = (last.kind.value, last.out_trade_no, last.out_refund_no)

    async def _draw_up(self, run: Run, span: Span) -> None:
        now, day = self.till.clock.now(), run.day
        totals = await self.books.totals(run, span)
        differences = await self.books.differences(day, None, MOST_LISTED)
        new = drawn_up(day, totals, differences, now)
        document = new.document
        old = await self.books.drawn(day)
        if old is not None and same_but_for_its_time(new, old, differences):
            new, document = replace(new, create_time=old.create_time), old.document
        signed = replace(new, document=document, key_id=self._signer.key_id, signature=self._signer.sign(document))
        if not await self.books.finish(run, signed, now=now):
            raise TakenOver


async def settle_by_asking(till: Till, provider: PaymentProvider, out_trade_no: str) -> None:
    """Carries out what the platform says of a trade that its bill shows as paid: as any news of the payment would be.
    A platform that does not answer leaves everything as it is.
    """
    try:
        trade = await provider.query(out_trade_no)
    except ProviderUnavailable:
        return
    if trade.state is TradeState.PAID:
        for _ in range(ROUNDS):
            if await _settled(till, provider, trade):
                return


async def _settled(till: Till, provider: PaymentProvider, trade: Trade) -> bool:
    """Whether the news has found its place; False when the order moved meanwhile."""
    order = await till.orders.by_trade(provider.name, trade.out_trade_no)
    if order is None:
        return True
    verdict = judge(order, trade, till.clock.now())
    if verdict.step is Step.REPEATED:
        return True
    if verdict.step is Step.RAISE:
        assert verdict.exception is not None
        await till.queue.add(money_finding(order, trade, verdict.exception), now=till.clock.now())
        return True
    number = order.attempt_number
    heard = Event(EventKind.QUERIED, Source.RECONCILIATION, trade.state.value, number, trade.amount_fen)
    return await carry_out(till, order, trade, verdict, heard)


async def _in_pieces(lines: AsyncIterator[BillLine], size: int) -> AsyncIterator[Sequence[BillLine]]:
    piece: list[BillLine] = []
    async for line in lines:
        piece.append(line)
        if len(piece) == size:
            yield piece
            piece = []
    if piece:
        yield piece


def _local(now: datetime) -> date:
    return now.astimezone(SHANGHAI).date()


@dataclass(frozen=True, slots=True)
class DailyTerms:
    """When the days are reconciled: from `hour` in Asia/Shanghai, the last `days` of them, so that a statement follows
    what comes later: receipts, refunds, a corrected bill. What fails is tried again after `pause`.
    """

    hour: int
    days: int
    pause: timedelta


class Daily:
    """The background job: every morning each platform's last days, and runs that were left behind."""

    def __init__(self, reconciliation: Reconciliation, terms: DailyTerms) -> None:
        self._reconciliation = reconciliation
        self._terms = terms

    async def run(self) -> None:
        """Reconciles until cancelled."""
        try:
            while True:
                try:
                    await self.once()
                except Exception as error:  # a platform or the database is away: the next round is due all the same
                    _log.warning("daily_reconciling_failed", error=type(error).__name__)
                await asyncio.sleep(self._terms.pause.total_seconds())
        finally:
            await self._reconciliation.close()

    async def once(self) -> int:
        """Reconciles what is due now, and says how many days that were."""
        due = await self._due()
        for day in due:
            try:
                await self._reconciliation.reconcile(day)
            except Refusal as refusal:
                _log.warning("day_not_reconciled", day=day.date.isoformat(), reason=refusal.reason)
        return len(due)

    async def _due(self) -> list[Day]:
        books, now = self._reconciliation.books, self._reconciliation.till.clock.now()
        left = [day for day in await books.left_behind(now=now) if day.provider in self._reconciliation.till.providers]
        return [*left, *(await self._of_this_morning(now))]

    async def _of_this_morning(self, now: datetime) -> list[Day]:
        local = now.astimezone(SHANGHAI)
        morning = local.replace(hour=self._terms.hour, minute=0, second=0, microsecond=0)
        if local < morning:
            return []
        due: list[Day] = []
        for provider in self._reconciliation.till.providers:
            days = [Day(provider, local.date() - timedelta(days=back)) for back in range(self._terms.days, 0, -1)]
            due += await self._reconciliation.books.not_run_since(days, morning)
        return due
