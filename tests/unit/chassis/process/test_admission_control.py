"""How many are admitted, in a simulation whose clock is the test's: requests come when they are told to, and a process
that does so many a second works through what is admitted in turn (GW-6).
"""

import heapq
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import cycle

import pytest

from chassis.errors import Overloaded
from chassis.process.admission_control import LEAST, SHARES, USUAL, AdmissionControl, Priority

TARGET = timedelta(milliseconds=200)
SECONDS = 10
LOW, NORMAL, HIGH = Priority.LOW, Priority.NORMAL, Priority.HIGH


@dataclass(slots=True)
class Outcome:
    """What became of the requests of a priority: how long each took that was done, in seconds; how many were not."""

    seconds: list[float] = field(default_factory=list)
    refused: list[timedelta] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        return sorted(self.seconds)[int(share * len(self.seconds))]


@dataclass(slots=True)
class Simulation:
    """A process and those who ask it. `work` gives what the next request costs, in seconds of the process; beside that
    it waits for `outside`, in which the process does other things.
    """

    work: Callable[[], float]
    outside: float = 0.0
    most: int = 1024
    now: float = 0.0
    free: float = 0.0
    ends: list[tuple[float, int, ExitStack]] = field(default_factory=list)
    control: AdmissionControl = field(init=False)
    count: int = 0

    def __post_init__(self) -> None:
        self.control = AdmissionControl(TARGET, self.most, kind="simulated", now=lambda: self.now)

    def offer(
        self, arrivals: Iterator[float], seconds: float, mix: tuple[Priority, ...] = (NORMAL,)
    ) -> dict[Priority, Outcome]:
        """Lets requests come for so long, of the priorities of the mix in turn; `arrivals` are the pauses between."""
        outcomes = {priority: Outcome() for priority in mix}
        until, at, priorities = self.now + seconds, self.now, cycle(mix)
        for pause in arrivals:
            at += pause
            if at >= until:
                break
            self._answer_until(at)
            self._ask(next(priorities), outcomes)
        self._answer_until(until)
        return outcomes

    def _ask(self, priority: Priority, outcomes: dict[Priority, Outcome]) -> None:
        place = ExitStack()
        try:
            place.enter_context(self.control.admitted(priority))
        except Overloaded as refusal:
            outcomes[priority].refused.append(refusal.retry_after or timedelta())
            return
        self.free = max(self.free, self.now) + self.work()
        self.count += 1
        outcomes[priority].seconds.append(self.free + self.outside - self.now)
        heapq.heappush(self.ends, (self.free + self.outside, self.count, place))

    def _answer_until(self, at: float) -> None:
        while self.ends and self.ends[0][0] <= at:
            self.now, _, place = heapq.heappop(self.ends)
            place.close()
        self.now = at


def evenly(per_second: float) -> Iterator[float]:
    return cycle([1 / per_second])


def in_bursts(per_second: float, size: int) -> Iterator[float]:
    return cycle([size / per_second, *[0.0] * (size - 1)])


def always(seconds: float) -> Callable[[], float]:
    return lambda: seconds


@pytest.mark.parametrize("capacity", [150, 450, 2_000])
@pytest.mark.parametrize("times", [1.5, 3, 6])
def test_three_times_too_many_lose_nothing_of_the_capacity_and_are_answered_within_a_second(capacity, times):  # GW-6
    process = Simulation(always(1 / capacity))
    done = process.offer(evenly(times * capacity), SECONDS)[NORMAL]
    assert len(done.seconds) >= 0.98 * capacity * SECONDS
    assert done.percentile(0.99) < 1.0
    assert done.percentile(0.5) < 1.5 * TARGET.total_seconds() or capacity * TARGET.total_seconds() < LEAST


@pytest.mark.parametrize("arrivals", [evenly(400), in_bursts(400, 20)])
def test_what_can_be_done_in_time_is_not_refused(arrivals):  # GW-6
    process = Simulation(always(1 / 500))
    done = process.offer(arrivals, 20)[NORMAL]
    assert not done.refused


def test_paying_goes_before_changing_and_changing_before_looking():  # GW-6
    process = Simulation(always(1 / 400))
    done = process.offer(evenly(1_200), 20, (HIGH, NORMAL, LOW, LOW, NORMAL, LOW))
    shares = {priority: len(one.seconds) / (len(one.seconds) + len(one.refused)) for priority, one in done.items()}
    assert shares[HIGH] > 0.97
    assert shares[HIGH] > shares[NORMAL] > shares[LOW]


def test_the_limit_follows_what_requests_cost():  # GW-6
    cost = [0.001]
    process = Simulation(lambda: cost[0])
    process.offer(evenly(3_000), 10)
    cheap = process.control.limit
    cost[0] = 0.005
    process.offer(evenly(600), 3)
    done = process.offer(evenly(600), 10)[NORMAL]
    assert process.control.limit < cheap / 2
    assert done.percentile(0.99) < 1.0
    assert len(done.seconds) >= 0.98 * 200 * 10


def test_waiting_for_others_is_not_overload_while_most_is_answered_at_once():  # GW-6
    waits = cycle([0.0, 0.0, 2.0])

    def work() -> float:
        process.outside = next(waits)
        return 0.0001

    process = Simulation(work)
    done = process.offer(evenly(100), 20)[NORMAL]
    assert len(done.refused) < 0.02 * len(done.seconds)


def test_a_process_that_hangs_admits_no_more_than_it_had_room_for_and_recovers():  # GW-6, F-29
    cost = [0.002]
    process = Simulation(lambda: cost[0])
    process.offer(evenly(400), 5)
    process.free = process.now + 5
    hung = process.offer(evenly(400), 5)[NORMAL]
    assert len(hung.seconds) <= USUAL
    process.offer(evenly(400), 2)
    assert not process.offer(evenly(400), 5)[NORMAL].refused


def test_who_is_refused_is_told_to_come_back_later_the_more_there_are():  # GW-6
    def told(times: float) -> float:
        process = Simulation(always(1 / 400))
        process.offer(evenly(400 * times), 5)
        refused = process.offer(evenly(400 * times), 10)[NORMAL].refused
        return sum(wait.total_seconds() for wait in refused) / len(refused)

    assert 1 < told(2) < told(6) < 30


def test_what_is_asked_before_a_body_is_read_takes_no_place():  # F-29
    control = AdmissionControl(TARGET, 10, kind="simulated", now=lambda: 0.0)
    for _ in range(1_000):
        control.require_room(LOW)
    with ExitStack() as places:
        for _ in range(int(10 * SHARES[LOW])):
            places.enter_context(control.admitted(LOW))
        with pytest.raises(Overloaded):
            control.require_room(LOW)
        control.require_room(HIGH)
    control.require_room(LOW)
