"""The payment service as it runs: its jobs, at a test's word, and what one waits for."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from zikao.payment.v1 import resources_pb2 as res

from chassis.process.periodic_job import AT_ONCE
from chassis.service import Service
from services.payment.config import Config
from services.payment.dependencies import Dependencies
from services.payment.jobs.receipt_collection import receipt_collection
from services.payment.jobs.refunds import refund_execution
from services.payment.jobs.unsettled_polling import unsettled_polling
from tests.integration.payment.listener import Listener
from tests.integration.payment.order_calls import OrderCalls
from tests.support.wait_until import PATIENCE_SECONDS


async def sweep(deps: Dependencies) -> None:
    """Every order that is due is looked at."""
    polling = unsettled_polling(deps)
    while await polling.once():
        pass


async def carry_out_refunds(service: Service[Dependencies]) -> None:
    """Refunds are queued and carried out until nothing is due, then batches are completed."""
    batches, execution = service.job("refund batches"), refund_execution(service.dependencies)
    while await batches.once() is AT_ONCE or await execution.once():
        pass
    await batches.once()


@dataclass
class RunningPayment(OrderCalls):
    """The running service, and everybody who talks to it."""

    service: Service[Dependencies]
    config: Config
    listener: Listener
    teller: Listener
    """Identity, which tells candidates what it hears."""
    relaying: "asyncio.Task[None]" = field(init=False)

    @property
    def deps(self) -> Dependencies:
        """What its use cases work with."""
        return self.service.dependencies

    async def sweep(self, after: timedelta = timedelta()) -> None:
        """Time passes, and every order that is due is looked at."""
        self.clock.advance(after)
        await sweep(self.deps)

    async def collect_receipts(self) -> int:
        """Receipts that are due are asked for or looked for; how many."""
        return await receipt_collection(self.deps).once()

    async def carry_out_refunds(self) -> None:
        """Every refund that is due is carried out."""
        await carry_out_refunds(self.service)

    async def give_back(self, order: res.Order, after: timedelta = timedelta()) -> list[tuple[str, str, int]]:
        """Time passes, every refund that is due is carried out; the order's, as state, reason and amount."""
        self.clock.advance(after)
        await self.carry_out_refunds()
        names = res.Refund.State.Name, res.Refund.Reason.Name
        return [(names[0](one.state), names[1](one.reason), one.amount_fen) for one in await self.refunds(order)]

    async def until(self, condition: Callable[[], Awaitable[bool]], seconds: float = PATIENCE_SECONDS) -> None:
        """Waits for something to come true."""
        async with asyncio.timeout(seconds):
            while not await condition():
                await asyncio.sleep(0.02)

    async def until_state(self, order: res.Order, state: str, seconds: float = PATIENCE_SECONDS) -> res.Order:
        """Waits until the order is in a state here, and reads it."""

        async def reached() -> bool:
            return await self.state(order) == state

        await self.until(reached, seconds)
        return await self.get(order)

    async def until_nobody_needs_to_look(self, order: res.Order) -> None:
        """Waits until the operator's queue has nothing about the order."""

        async def empty() -> bool:
            return not await self.exceptions(order)

        await self.until(empty)

    async def until_heard(self, order: res.Order, kind: type[Any]) -> None:
        """Waits until enrollment has heard something about the order."""

        async def heard() -> bool:
            return bool(self.listener.about(order.order_id, kind))

        await self.until(heard)
