"""The background job that gives money back (PA-6, PA-12): it queues the refunds of cancelled sessions, asks the
platform until each is settled, and tells operators what no rule can settle.

Everything it must remember is in the database: killed at any moment, it goes on where it was, and since a refund has
one number at the platform however often it is asked for, nobody is paid twice.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from chassis.clock import SHANGHAI
from chassis.telemetry.logs import get_logger
from services.payment.domain.exceptions import Detail, ExceptionKind, Finding, Resolution
from services.payment.domain.refund import ON_ITS_WAY, ROUTE_CLOSED, Refund, RefundState
from services.payment.domain.timeline import Event, EventKind, Source
from services.payment.errors import ProviderUnavailable
from services.payment.ports import RefundAnswer
from services.payment.ports.refunds import RefundRefused
from services.payment.usecases.rounds import Limits, Rounds
from services.payment.usecases.till import Till

_log = get_logger(__name__)

QUEUED_AT_ONCE: Final = 1_000
"""Orders whose refunds are recorded in one statement: well within a statement's time."""


class Refunder:
    """The background job. Any number of replicas work at once."""

    def __init__(self, till: Till, limits: Limits) -> None:
        self._till = till
        self._limits = limits
        self._rounds = Rounds("refunds", limits, self._claim, self._carry_out)

    async def run(self) -> None:
        """Works until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._rounds.run())
            tasks.create_task(self._keep_house())

    async def once(self) -> int:
        """Queues what is to be queued, carries out one batch of what is due, and says how much it was."""
        while await self.queue_some():
            pass
        done = await self._rounds.once()
        await self.look_after()
        return done

    async def queue_some(self) -> int:
        """Records refunds of a cancelled session, some thousand at once, and says how many."""
        batch = await self._till.batches.unqueued()
        if batch is None:
            return 0
        now = self._till.clock.now()
        due = self._till.refund_terms.due_date(now, SHANGHAI)
        return await self._till.batches.queue(batch, due, now=now, limit=QUEUED_AT_ONCE)

    async def look_after(self) -> None:
        """Completes batches, and tells operators of late money that has waited too long for a decision (PA-6)."""
        till, now = self._till, self._till.clock.now()
        while await till.batches.rest(QUEUED_AT_ONCE):
            pass
        await till.batches.complete(now=now)
        for order_id in await till.refunds.held_since(now - till.patience, self._limits.batch):
            order = await till.orders.get(order_id)
            for held in order.held:
                finding = Finding(
                    ExceptionKind.LATE_MONEY,
                    about=f"{order_id}:{held.platform_trade_no}",
                    order_id=order_id,
                    found_fen=held.amount_fen,
                    detail=Detail.UNDECIDED_FOR_LONG,
                )
                await till.queue.add(finding, now=now)

    async def _keep_house(self) -> None:
        while True:
            try:
                busy = await self.queue_some()
                await self.look_after()
            except Exception as error:  # whatever it was, the next round is due all the same
                _log.warning("refunds_not_queued", error=type(error).__name__)
                busy = 0
            if not busy:
                await asyncio.sleep(self._limits.pause.total_seconds())

    async def _claim(self) -> Sequence[str]:
        limits, now = self._limits, self._till.clock.now()
        return await self._till.refunds.claim_due(now=now, lease=limits.lease, limit=limits.batch)

    async def _carry_out(self, refund_id: str) -> bool:
        """Asks the platform for one refund; False when it did not answer (F-9, F-18)."""
        refund = await self._till.refunds.find(refund_id)
        if refund is None or refund.state not in ON_ITS_WAY:
            return True
        try:
            answer = await self._ask(refund)
        except ProviderUnavailable:
            await self._wait(refund, refund.state, "UNREACHABLE")
            return False
        except RefundRefused as refused:
            await self._refused(refund, refused)
            return True
        match answer:
            case RefundAnswer.SUCCEEDED:
                await self._succeeded(refund)
            case RefundAnswer.PROCESSING:
                await self._wait(refund, RefundState.PROCESSING, answer.value)
            case RefundAnswer.REFUSED:
                await self._refused(refund, RefundRefused(answer.value))
        return True

    async def _ask(self, refund: Refund) -> RefundAnswer:
        till, provider = self._till, self._till.provider_named(refund.provider)
        if refund.state is RefundState.PROCESSING and (stands := await provider.query_refund(refund.refund_id)):
            return stands
        if refund.to_bank_account:
            payout, account = till.payouts.get(refund.provider), await till.accounts.of_order(refund.order_id)
            if payout is None or account is None:
                raise RefundRefused(ROUTE_CLOSED, route_closed=True)
            return await payout.pay_out(refund.refund_id, refund.out_trade_no, refund.amount_fen, account)
        return await provider.refund(refund.refund_id, refund.out_trade_no, refund.amount_fen)

    async def _succeeded(self, refund: Refund) -> None:
        till, now = self._till, self._till.clock.now()
        if await till.refunds.succeed(refund, [_answered(refund, "SUCCEEDED")], now=now):
            if refund.asks:  # it was not back at the first question, so it may have been raised
                await till.queue.settle(refund.order_id, ExceptionKind.REFUND_FAILED, Resolution.MONEY_IS_BACK, now=now)
            till.changes.publish(refund.order_id)

    async def _wait(self, refund: Refund, state: RefundState, outcome: str) -> None:
        till, now = self._till, self._till.clock.now()
        due = till.refund_terms.again(refund.asks, now)
        await till.refunds.wait(refund, state, [_answered(refund, outcome)], now=now, due=due)
        if now.astimezone(SHANGHAI).date() > refund.due_date:
            await self._raise(refund, Detail.REFUND_OVERDUE, {"due_date": refund.due_date.isoformat()})

    async def _refused(self, refund: Refund, refused: RefundRefused) -> None:
        """A closed way is left for the bank account where there is one; anything else is for an operator."""
        till, now = self._till, self._till.clock.now()
        closed = refused.route_closed
        if closed and not refund.to_bank_account and await till.accounts.of_order(refund.order_id):
            await till.refunds.retry(refund, [_answered(refund, ROUTE_CLOSED)], now=now, to_bank_account=True)
            return
        code = ROUTE_CLOSED if closed else refused.provider_code
        if await till.refunds.fail(refund, code, [_answered(refund, code)], now=now):
            detail = Detail.ROUTE_CLOSED if closed else Detail.REFUND_REFUSED
            await self._raise(refund, detail, {"provider_code": refused.provider_code})
            till.changes.publish(refund.order_id)

    async def _raise(self, refund: Refund, detail: Detail, facts: Mapping[str, str]) -> None:
        finding = Finding(
            ExceptionKind.REFUND_FAILED,
            about=refund.refund_id,
            order_id=refund.order_id,
            provider=refund.provider,
            out_trade_no=refund.out_trade_no,
            expected_fen=refund.amount_fen,
            detail=detail,
            facts=facts,
        )
        await self._till.queue.add(finding, now=self._till.clock.now())


def _answered(refund: Refund, outcome: str) -> Event:
    return Event(EventKind.REFUND_REQUESTED, Source.SWEEP, outcome, refund.attempt_number, refund.amount_fen)
