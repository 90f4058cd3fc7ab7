"""What candidates want in a chaos run, and what must become of their money: each intent is a story that ends with a
claim about every order it made.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from cli.journey.chaos.chaos_candidate import ChaosCandidate
from cli.journey.steps import candidate_steps


class Ending(Enum):
    """How a candidate's session ends, or how an order does."""

    EFFECTIVE = "effective"
    REFUNDED = "refunded"
    UNPAID = "unpaid by choice"


ExpectedEndings = Mapping[str, Ending]
"""What must become of each order, by its id."""


@dataclass(frozen=True, slots=True)
class Intent:
    """`share`: how many of a deck want it. `hurried`: depends on a window that ends soon."""

    wants: str
    ending: Ending
    share: int
    play: Callable[[ChaosCandidate], Awaitable[ExpectedEndings]]
    hurried: bool = False


async def _pays(actor: ChaosCandidate) -> ExpectedEndings:
    order = await actor.order()
    await actor.pay(order)
    return {order["orderId"]: Ending.EFFECTIVE}


async def _pays_on_two_devices(actor: ChaosCandidate) -> ExpectedEndings:
    order = await actor.order()
    codes = await asyncio.gather(*(candidate_steps.ask_for_qr(actor.candidate, order) for _ in range(2)))
    await asyncio.gather(*(actor.pay(code) for code in codes))
    return {order["orderId"]: Ending.EFFECTIVE}


async def _pays_by_a_slow_bank(actor: ChaosCandidate) -> ExpectedEndings:
    order = await actor.order()
    await actor.press(order, "hold")
    await actor.pay(order)
    return {order["orderId"]: Ending.EFFECTIVE}


async def _appends(actor: ChaosCandidate) -> ExpectedEndings:
    first = await actor.order()
    await actor.pay(first)
    appended = await actor.append()
    await actor.pay(appended)
    return {first["orderId"]: Ending.EFFECTIVE, appended["orderId"]: Ending.EFFECTIVE}


async def _pays_late(actor: ChaosCandidate) -> ExpectedEndings:
    order = await actor.order()
    await actor.cancel(order)
    await actor.pay(order, though_closed=True)
    return {order["orderId"]: Ending.EFFECTIVE}


async def _pays_twice(actor: ChaosCandidate) -> ExpectedEndings:
    first = await actor.order()
    await actor.cancel(first)
    second = await actor.order_again()
    await actor.pay(second)
    await actor.pay(first, though_closed=True)
    return {first["orderId"]: Ending.REFUNDED, second["orderId"]: Ending.EFFECTIVE}


async def _changes_their_mind(actor: ChaosCandidate) -> ExpectedEndings:
    order = await actor.order()
    await actor.cancel(order)
    await actor.take_back(order)
    await actor.pay(order, though_closed=True)
    return {order["orderId"]: Ending.REFUNDED}


async def _asks_for_the_money_back(actor: ChaosCandidate) -> ExpectedEndings:
    order = await actor.order()
    await actor.pay(order)
    await actor.counts(order)
    await actor.is_given_back(order)
    return {order["orderId"]: Ending.REFUNDED}


async def _cancels(actor: ChaosCandidate) -> ExpectedEndings:
    order = await actor.order()
    await actor.cancel(order)
    return {order["orderId"]: Ending.UNPAID}


async def _walks_away(actor: ChaosCandidate) -> ExpectedEndings:
    return dict.fromkeys(await actor.order_in_a_brief_session(), Ending.UNPAID)


INTENTS: Final = (
    Intent("pay", Ending.EFFECTIVE, 6, _pays),
    Intent("pay on two devices", Ending.EFFECTIVE, 2, _pays_on_two_devices),
    Intent("pay through a bank that takes its time", Ending.EFFECTIVE, 1, _pays_by_a_slow_bank),
    Intent("pay, and append a course", Ending.EFFECTIVE, 2, _appends),
    Intent("cancel, and pay late", Ending.EFFECTIVE, 2, _pays_late),
    Intent("cancel, check out again, and pay both", Ending.EFFECTIVE, 2, _pays_twice),
    Intent("take the courses back, and pay late", Ending.REFUNDED, 2, _changes_their_mind),
    Intent("pay, and ask for the money back", Ending.REFUNDED, 1, _asks_for_the_money_back),
    Intent("cancel", Ending.UNPAID, 1, _cancels),
    Intent("walk away from the code", Ending.UNPAID, 1, _walks_away, hurried=True),
)
"""The explicit table of intents."""

DECK: Final = tuple(intent for intent in INTENTS for _ in range(intent.share))
