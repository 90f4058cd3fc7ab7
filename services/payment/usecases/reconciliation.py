"""Reconciling a day (PA-10): the bill is read as a stream, compared where the rows are, healed where that is safe, and
accounted for in a signed statement. Running it again changes nothing that has not changed outside.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Final

from chassis.audit_log.notes import AuditAction, AuditNote
from chassis.call_context import optional_caller
from chassis.clock import SHANGHAI
from chassis.errors import NotFound, Refusal
from chassis.telemetry.logs import get_logger
from services.payment.dependencies import Dependencies
from services.payment.domain.platform_messages import BillLine
from services.payment.domain.reconciliation import (
    HEALABLE,
    MOST_LISTED,
    Day,
    Difference,
    Run,
    Span,
    Statement,
    covered,
    drawn_up,
    same_but_for_its_time,
)
from services.payment.domain.working_days import local_date
from services.payment.ports import PaymentProvider
from services.payment.usecases.platform_queries import query_billed_trade

_log = get_logger(__name__)

PAGE: Final = 500


class TakenOver(Exception):
    """The run took too long to show that it is alive, and somebody else began anew."""


async def reconcile_day(deps: Dependencies, day: Day, *, within: timedelta | None = None) -> Statement:
    """Reconciles a day, or joins whoever is doing so, and answers with the statement: the one drawn up, or after
    `within` how far the run is; it goes on by itself.

    Raises NotFound, BillNotReady, ProviderUnavailable.
    """
    provider, now = deps.provider(day.provider), deps.clock.now()
    span = covered(day, now)
    if optional_caller() is not None:
        noted = AuditNote(AuditAction.DAY_RECONCILED, "statement", f"{day.provider} {day.date.isoformat()}")
        await deps.audit_log.add_entry(noted)
    if run := await deps.reconciliation.begin_run(day, now=now, lease=deps.config.reconciliation.lease):
        work = deps.tasks.start(_reconcile(deps, run, provider, span))
        with suppress(TimeoutError, TakenOver):
            await asyncio.wait_for(asyncio.shield(work), within.total_seconds() if within else None)
    return await get_statement(deps, day)


async def get_statement(deps: Dependencies, day: Day) -> Statement:
    """The statement of a day as it stands. Raises NotFound."""
    if (statement := await deps.reconciliation.find_statement(day, now=deps.clock.now())) is None:
        raise NotFound()
    return statement


async def get_drawn_up_statement(deps: Dependencies, day: Day) -> Statement:
    """The statement last drawn up. Raises NotFound."""
    if (statement := await deps.reconciliation.find_drawn_up(day)) is None:
        raise NotFound()
    return statement


async def draw_statement(deps: Dependencies, day: Day) -> bytes:
    """The statement last drawn up, as a page. Raises NotFound."""
    return deps.draw_statement(await get_drawn_up_statement(deps, day))


async def list_statements(deps: Dependencies, after: Day | None, size: int) -> Sequence[Statement]:
    """Statements, the newest day first."""
    return await deps.reconciliation.list_statements(after, size, now=deps.clock.now())


async def list_differences(
    deps: Dependencies, day: Day, after: tuple[str, str, str] | None, size: int
) -> Sequence[Difference]:
    """The differences of a day's statement, by trade number. Raises NotFound."""
    await get_statement(deps, day)
    return await deps.reconciliation.list_differences(day, after, size)


async def list_due_days(deps: Dependencies) -> Sequence[Day]:
    """Days whose run was left behind, and each platform's last days that nobody has reconciled since this morning."""
    now = deps.clock.now()
    left = await deps.reconciliation.list_left_behind(now=now)
    due = [day for day in left if day.provider in deps.providers]
    local, terms = now.astimezone(SHANGHAI), deps.config.reconciliation
    morning = local.replace(hour=terms.hour, minute=0, second=0, microsecond=0)
    if local < morning:
        return due
    for provider in deps.providers:
        days = [Day(provider, local.date() - timedelta(days=back)) for back in range(terms.days, 0, -1)]
        due += await deps.reconciliation.list_not_run_since(days, morning)
    return due


async def _reconcile(deps: Dependencies, run: Run, provider: PaymentProvider, span: Span) -> None:
    try:
        await _read_bill(deps, run, provider)
        await _compare(deps, run, span)
        await _heal(deps, run, provider)
        await _compare(deps, run, span)
        await _raise_what_is_left(deps, run.day)
        await _draw_up(deps, run, span)
    except BaseException as error:
        if not isinstance(error, Refusal):
            _log.warning("reconciliation_failed", day=run.day.date.isoformat(), error=type(error).__name__)
        await asyncio.shield(deps.reconciliation.abandon_run(run))
        raise


async def _read_bill(deps: Dependencies, run: Run, provider: PaymentProvider) -> None:
    """Reads the bill some lines at a time, so that its length costs no memory."""
    read = 0
    async for lines in _in_pieces(provider.bill(run.day.date), deps.config.reconciliation.lines):
        await deps.reconciliation.add_bill_lines(run, read, lines)
        read += len(lines)
        await _keep(deps, run, read)
    await _keep(deps, run, read)


async def _keep(deps: Dependencies, run: Run, read: int) -> None:
    now, lease = deps.clock.now(), deps.config.reconciliation.lease
    if not await deps.reconciliation.keep_run(run, read=read, now=now, lease=lease):
        raise TakenOver


async def _compare(deps: Dependencies, run: Run, span: Span) -> None:
    now = deps.clock.now()
    await deps.reconciliation.compare_bill(run, span, today=local_date(now), now=now)


async def _heal(deps: Dependencies, run: Run, provider: PaymentProvider) -> None:
    """Asks the platform about every payment that the bill has and the order has not, and believes its answer."""
    room = asyncio.Semaphore(deps.config.reconciliation.concurrency)

    async def ask(difference: Difference) -> None:
        async with room:
            await query_billed_trade(deps, provider, difference.out_trade_no)

    async for page in _unhealed(deps, run.day):
        await asyncio.gather(*(ask(one) for one in page if one.kind in HEALABLE))


async def _raise_what_is_left(deps: Dependencies, day: Day) -> None:
    async for page in _unhealed(deps, day):
        for difference in page:
            if not difference.exception_id:
                await deps.reconciliation.raise_difference(day, difference, now=deps.clock.now())


async def _unhealed(deps: Dependencies, day: Day) -> AsyncIterator[Sequence[Difference]]:
    after: tuple[str, str, str] | None = None
    while page := await deps.reconciliation.list_differences(day, after, PAGE, unhealed=True):
        yield page
        after = page[-1].position


async def _draw_up(deps: Dependencies, run: Run, span: Span) -> None:
    now, day = deps.clock.now(), run.day
    totals = await deps.reconciliation.get_totals(run, span)
    differences = await deps.reconciliation.list_differences(day, None, MOST_LISTED)
    new = drawn_up(day, totals, differences, now)
    old = await deps.reconciliation.find_drawn_up(day)
    if old is not None and same_but_for_its_time(new, old, differences):
        new = replace(new, create_time=old.create_time, document=old.document)
    signer = deps.statement_signer
    signed = replace(new, key_id=signer.key_id, signature=signer.sign(new.document))
    if not await deps.reconciliation.finish_run(run, signed, now=now):
        raise TakenOver


async def _in_pieces(lines: AsyncIterator[BillLine], size: int) -> AsyncIterator[Sequence[BillLine]]:
    piece: list[BillLine] = []
    async for line in lines:
        piece.append(line)
        if len(piece) == size:
            yield piece
            piece = []
    if piece:
        yield piece
