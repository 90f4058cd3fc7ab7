"""What has become of everybody: read as each candidate reads it, again and again until it is what it must be."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from cli.journey.chaos.candidate_intents import Ending, ExpectedEndings, Intent
from cli.journey.chaos.chaos_candidate import ChaosCandidate
from cli.journey.clients.http_client import Deviation, Json

AT_ONCE: Final = 8
PAUSE_SECONDS: Final = 1.0
LIVE: Final = frozenset({"CREATED", "AWAITING_PAYMENT", "SUBMITTED_TO_BANK"})
ENDED_UNPAID: Final = frozenset({"EXPIRED", "CANCELLED", "FAILED"})


@dataclass(slots=True)
class CandidateOutcome:
    """A candidate after their story. `trouble` says what is not as it must be; empty when everything is."""

    number: int
    intent: Intent
    actor: ChaosCandidate | None
    claim: ExpectedEndings
    trouble: str
    _entered: bool = False

    async def look(self) -> None:
        """Reads orders and selections, and presses refresh for an order that is paid and does not show it (F-17).

        The first look logs in anew: a run may outlast the access token that the story began with (ID-14).
        """
        if self.actor is None:
            return
        try:
            if not self._entered:
                self.actor, self._entered = await self.actor.logged_in_again(), True
            self.trouble = await self._difference(self.actor)
        except Deviation as deviation:
            self.trouble = str(deviation)

    async def _difference(self, actor: ChaosCandidate) -> str:
        orders = await actor.orders()
        if strange := orders.keys() - self.claim.keys():
            return f"has orders that they did not make: {', '.join(sorted(strange))}"
        for order_id, ending in self.claim.items():
            order = orders.get(order_id)
            if order is None:
                return f"order {order_id} is missing"
            if order["state"] in LIVE and ending is not Ending.UNPAID:
                await actor.refresh(order_id)
            if not await _is(actor, order, ending):
                return f"order {order_id} should be {ending.value}; it is {_told(order)}"
        return ""


async def settle(fates: Sequence[CandidateOutcome], seconds: float, settled: Callable[[int], None]) -> None:
    """Waits until everybody has what is theirs, at most so long; `settled` is told how many have. A last look at all
    finds who lost it again. Each fate then says what is left.
    """
    places = asyncio.Semaphore(AT_ONCE)

    async def look(fate: CandidateOutcome) -> None:
        async with places:
            await fate.look()

    loop = asyncio.get_running_loop()
    deadline, waiting = loop.time() + seconds, [fate for fate in fates if fate.actor is not None]
    while waiting and loop.time() < deadline:
        await asyncio.gather(*(look(fate) for fate in waiting))
        waiting = [fate for fate in waiting if fate.trouble]
        settled(len(fates) - len(waiting))
        await asyncio.sleep(PAUSE_SECONDS)
    await asyncio.gather(*(look(fate) for fate in fates))


async def _is(actor: ChaosCandidate, order: Json, ending: Ending) -> bool:
    back, total = int(order["refundedFen"]), int(order["totalFen"])
    match ending:
        case Ending.EFFECTIVE:
            return order["state"] == "PAID" and not back and await _selections(actor, order) == {"EFFECTIVE"}
        case Ending.REFUNDED:
            return back == total and order["state"] in ENDED_UNPAID | {"REFUNDED"}
        case Ending.UNPAID:
            return order["state"] in ENDED_UNPAID and not back


async def _selections(actor: ChaosCandidate, order: Json) -> set[str]:
    """The states of the order's selections; MISSING for one that is not there."""
    path = f"/v1/sessions/{order['sessionId']}/overview"
    overview = await actor.candidate.caller.get("read the overview", path)
    states = {one["selectionId"]: str(one["state"]) for one in overview["selections"]}
    return {states.get(item["itemId"], "MISSING") for item in order["items"]}


def _told(order: Json) -> str:
    return f"{order['state']}, {order['refundedFen']} of {order['totalFen']} fen back: {order['guidance']['textEn']}"
