"""Three times too many requests (GW-6): what a suite still does, whom it answers in time, and whom it refuses how.

A round finds the capacity in a closed loop, and then offers the same mix, by the same connections, as fast as that and
three times as fast, whatever becomes of it.
"""

import json
import statistics
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Final

from bench.contenders.http_checkouts import Buyer, SuiteShop, request_of
from bench.measurement.interleaving import WrongAnswer
from bench.measurement.load_generator import Request
from bench.measurement.medians_and_ratios import percentile
from bench.measurement.open_loop import NO_ANSWER, Exchange, Prepared, wires
from bench.measurement.report import Section
from bench.seeding.suite_candidates import SuiteCandidates
from bench.seeding.walked_candidates import WalkedCandidate

CHECKOUT, REFRESH, SELECT, COURSES, ORDERS = "check out", "refresh an order", "select", "courses page", "orders page"
MIX: Final = (
    *(CHECKOUT, COURSES, SELECT, COURSES, REFRESH, ORDERS, COURSES, CHECKOUT, COURSES, ORDERS),
    *(SELECT, COURSES, REFRESH, COURSES, CHECKOUT, ORDERS, COURSES, SELECT, COURSES, ORDERS),
)
"""Twenty requests: three checkouts, two refreshes and three selections among twelve pages."""
AT_ONCE: Final = 16
"""In the closed loop."""
SECONDS: Final = 8.0
MOST_PER_SECOND: Final = 1_500
"""In the closed loop: for so many there are candidates."""
TIMES: Final = (1.0, 3.0)
"""How many times the capacity is offered."""
VISITORS: Final = 200
"""Whose pages are looked at."""

Say = Callable[[str], None]
Checkpoint = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class PageView:
    """Somebody who is logged in looks at a page."""

    path: str
    token: str

    def encode(self, host: str) -> bytes:
        """The bytes on the wire."""
        return f"GET {self.path} HTTP/1.1\r\nHost: {host}\r\nCookie: zikao_access={self.token}\r\n\r\n".encode()


@dataclass(slots=True)
class Contestant:
    """A suite, and what its rounds have shown: by how many times its capacity was offered, each load's exchanges."""

    title: str
    candidates: SuiteCandidates
    capacities: list[float] = field(default_factory=list)
    loads: dict[float, list[list[Exchange]]] = field(default_factory=dict)
    visitors: Sequence[WalkedCandidate] = ()

    async def prepare(self) -> None:
        """Visitors, who stand before the checkout. Raises Deviation and NothingToCopy."""
        await self.candidates.prepare()
        assert self.candidates.walked is not None
        self.visitors = await self.candidates.copies(self.candidates.walked.before_checkout, VISITORS)

    async def take_turn(self, say: Say, checkpoint: Checkpoint) -> None:
        """One round. Raises WrongAnswer where more or fewer orders are stored than were answered, and NoAnswer."""
        await self._find_capacity(say, checkpoint)
        for times in TIMES:
            await self._offer(times, say, checkpoint)

    async def _find_capacity(self, say: Say, checkpoint: Checkpoint) -> None:
        requests, _ = await self._requests(int(MOST_PER_SECOND * SECONDS))
        await checkpoint()
        say(f"the most that {self.title} does, {AT_ONCE} requests at once")
        async with wires(self.candidates.suite.gateway_port) as connections:
            answered = await connections.in_turns(requests, AT_ONCE, SECONDS)
        wrong = [one for one in answered if not one.well]
        if wrong:
            raise WrongAnswer(f"{wrong[0].kind} was answered {wrong[0].status} in a closed loop")
        self.capacities.append(len(answered) / max(one.answered for one in answered))

    async def _offer(self, times: float, say: Say, checkpoint: Checkpoint) -> None:
        per_second = times * self.capacities[-1]
        requests, buyers = await self._requests(int(per_second * SECONDS))
        await checkpoint()
        say(f"{per_second:,.0f} requests a second, {times:.0f} × what {self.title} carries")
        async with wires(self.candidates.suite.gateway_port) as connections:
            exchanges = await connections.at_rate(requests, per_second)
        await self._check([one for one in exchanges if one.kind == CHECKOUT], buyers)
        self.loads.setdefault(times, []).append(exchanges)

    async def _check(self, checkouts: Sequence[Exchange], buyers: Sequence[Buyer]) -> None:
        """EN-10: whoever was answered has an order, and whoever was refused has none."""
        for stored_well, wanted in ((True, 200), (False, 429)):
            ids = [buyer.candidate_id for buyer, one in zip(buyers, checkouts, strict=True) if one.status == wanted]
            stored = await SuiteShop(self.candidates).count_orders(ids)
            if stored != (len(ids) if stored_well else 0):
                raise WrongAnswer(f"{len(ids)} checkouts were answered {wanted}, {stored} orders are stored")

    async def _requests(self, count: int) -> tuple[list[Prepared], list[Buyer]]:
        """So many of the mix, and who checks out with them, in their order."""
        kinds = list(islice(cycle(MIX), count))
        walked, port = self.candidates.walked, self.candidates.suite.gateway_port
        assert walked is not None
        buyers = list(await SuiteShop(self.candidates).buyers(kinds.count(CHECKOUT)))
        payers = await self.candidates.copies(walked.before_payment, kinds.count(REFRESH))
        choosers = await self.candidates.copies(walked.before_selecting, kinds.count(SELECT))
        visitors = cycle(self.visitors)
        makers: Mapping[str, Iterator[Request | PageView]] = {
            CHECKOUT: map(request_of, buyers),
            REFRESH: map(_refresh, payers),
            SELECT: map(_selection, choosers),
            COURSES: (PageView(f"/sessions/{one.session_id}/courses", one.token) for one in visitors),
            ORDERS: (PageView("/orders", one.token) for one in visitors),
        }
        return [Prepared.of(kind, next(makers[kind]), port) for kind in kinds], buyers

    def rows(self) -> list[tuple[str, ...]]:
        """Under LOADS: medians over the rounds."""
        found = [(self.title, "closed loop", _number(statistics.median(self.capacities)), "", "", "", "", "", "")]
        for times, loads in self.loads.items():
            shares = [_goodput(one) / most for one, most in zip(loads, self.capacities, strict=True)]
            found.append(
                (
                    self.title,
                    f"{times:.0f} × that",
                    _number(statistics.median(map(_offered, loads))),
                    _number(statistics.median(map(_goodput, loads))),
                    f"{statistics.median(shares):.2f} ({min(shares):.2f}–{max(shares):.2f})",
                    _ms(_seconds([one for load in loads for one in load if one.well])),
                    _refusals([one for load in loads for one in load]),
                    _ms(_seconds([one for load in loads for one in load if one.status in (429, 503)])),
                    _number(sum(one.status in (429, 503) and not one.retry_after for load in loads for one in load)),
                )
            )
        return found

    def classes(self) -> list[tuple[str, ...]]:
        """Under CLASSES: what became of each kind of request when too many came."""
        overload = [one for load in self.loads.get(max(TIMES), []) for one in load]
        length = SECONDS * len(self.capacities)
        found = []
        for kind in dict.fromkeys(MIX):
            some = [one for one in overload if one.kind == kind]
            well = [one for one in some if one.well]
            share = f"{len(well) / len(some):.0%}" if some else ""
            found.append(
                (
                    *(self.title, kind, _number(len(some) / length), _number(len(well) / length), share),
                    *(_ms(_seconds(well)), _refusals(some)),
                )
            )
        return found


LOADS: Final = (
    *("suite", "load", "offered/s", "done/s", "of the closed loop's", "done: median, 99 % ms", "not done"),
    *("refused: median, 99 % ms", "without Retry-After"),
)
CLASSES: Final = ("suite", "request", "offered/s", "done/s", "share done", "done: median, 99 % ms", "not done")

EXPLAINED: Final = f"""\
*Overload* is a mix of pages (60 %), selections, checkouts and refreshes, first in a closed loop of {AT_ONCE}, which
shows what is carried, then as fast as that and three times as fast in an open loop: requests are sent when they are
due, and a latency counts from then. *Done* are answers of the second kind and redirections; the rest is counted by
status, 0 for none within a quarter of a minute. What was refused stored nothing, what was done is stored once.
"""


async def measure(contestants: Sequence[Contestant], rounds: int, say: Say, checkpoint: Checkpoint) -> Section:
    """Lets the suites take turns. Raises WrongAnswer, NoAnswer."""
    for one in contestants:
        await one.prepare()
    for _ in range(rounds):
        for one in contestants:
            await one.take_turn(say, checkpoint)
    return Section(
        "overload",
        EXPLAINED,
        (
            (LOADS, [row for one in contestants for row in one.rows()]),
            (CLASSES, [row for one in contestants for row in one.classes()]),
        ),
    )


def _refresh(payer: WalkedCandidate) -> Request:
    assert payer.order is not None
    return Request(f"/v1/orders/{payer.order.order_id}:refresh", payer.token, b"{}")


def _selection(chooser: WalkedCandidate) -> Request:
    body = {
        "registrationId": chooser.registration_id,
        "sessionId": chooser.session_id,
        "courseCode": chooser.courses[0],
    }
    return Request("/v1/selections", chooser.token, json.dumps(body).encode())


def _offered(load: Sequence[Exchange]) -> float:
    return len(load) / SECONDS


def _goodput(load: Sequence[Exchange]) -> float:
    """What was done in a second, of that which was over by the end of the load."""
    return sum(one.well and one.answered <= SECONDS for one in load) / SECONDS


def _seconds(some: Sequence[Exchange]) -> list[float]:
    return sorted(one.seconds for one in some)


def _refusals(some: Sequence[Exchange]) -> str:
    """How many had which status, and how many none."""
    statuses = [one.status for one in some if not one.well]
    return ", ".join(f"{status}: {statuses.count(status):,}" for status in sorted(set(statuses))) or str(NO_ANSWER)


def _ms(ordered: Sequence[float]) -> str:
    if not ordered:
        return ""
    return f"{percentile(ordered, 0.5) * 1000:,.0f}, {percentile(ordered, 0.99) * 1000:,.0f}"


def _number(value: float) -> str:
    return f"{value:,.0f}"
