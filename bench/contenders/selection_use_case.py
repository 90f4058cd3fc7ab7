"""Selecting courses (EN-5) beside few and beside many live selections of others: it must not matter how many there are.

The use case runs in the load generator's process, with the service's own parts on a database of its own; there is no
network before it. The database holds what the suite's holds, and copies of candidates who came there over HTTP.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from bench.measurement.interleaving import Go, Plan, WrongAnswer, batches
from bench.measurement.load_generator import closed_loop
from bench.measurement.medians_and_ratios import Outcome
from bench.seeding.row_copies import KeyedTable, copy_tables
from bench.seeding.suite_candidates import SuiteCandidates
from bench.seeding.walked_candidates import COURSES, WalkedCandidate
from chassis.clock import SystemClock
from chassis.config import DatabaseConfig
from services.enrollment.config import Config
from services.enrollment.dependencies import Dependencies
from services.enrollment.main import enrollment
from services.enrollment.usecases.selections import select_course

SCHEMA: Final = "enrollment"
AT_ONCE: Final = 10_000
"""People written at once, so that they need not all be held in memory."""


@dataclass(slots=True)
class Selecting:
    """Candidates who select three courses each, while `live` selections of others are there. `candidates`: those of a
    running suite; `owner_url`: a database with enrollment's empty tables.
    """

    title: str
    owner_url: str
    live: int
    candidates: SuiteCandidates
    until: AsyncExitStack
    connections: int = 0
    seconds: float = 0.0
    turns: list[Sequence[WalkedCandidate]] = field(default_factory=list)
    unit: str = "selections"
    _deps: Dependencies | None = None

    def processes(self) -> Mapping[str, int]:
        """Nothing but the load generator and PostgreSQL runs for it."""
        return {}

    async def prepare(self, plan: Plan) -> None:
        """Puts the others' selections there, and everybody who will select."""
        await self.candidates.prepare()
        walked = self.candidates.walked
        assert walked is not None
        await copy_tables(self.candidates.suite.owner_url, self.owner_url, [SCHEMA])
        await self._selections.empty(self.owner_url)  # other contenders' candidates have some, too
        for start in range(0, self.live // COURSES, AT_ONCE):
            count = min(AT_ONCE, self.live // COURSES - start)
            await self.candidates.copies(walked.before_checkout, count, self.owner_url)
        sizes = [-(-size // COURSES) for size in plan.sizes]
        self.turns = batches(await self.candidates.copies(walked.before_selecting, sum(sizes), self.owner_url), sizes)
        self.connections, self.seconds = plan.connections, plan.seconds
        config = Config(database=DatabaseConfig(url=self.owner_url), keys_dir=self.candidates.suite.home / "keys")
        service = await self.until.enter_async_context(enrollment(config, SystemClock()))
        self._deps = service.dependencies

    @asynccontextmanager
    async def turn(self, number: int) -> AsyncIterator[Go]:
        """Raises WrongAnswer unless there is a live selection for every one that was made; then takes them away, so
        that every turn finds as many as the first.
        """
        people, outcomes = self.turns[number], list[Outcome]()

        async def select(piece: int) -> None:
            await self._select(people[piece // COURSES], piece % COURSES)

        async def go() -> Outcome:
            lanes = [select] * self.connections
            outcomes.append(await closed_loop(lanes, len(people) * COURSES, self.seconds))
            return outcomes[0]

        yield go
        everybody = [one.candidate_id for one in people]
        stored = await self._selections.count(self.owner_url, owners=everybody, state="DRAFT")
        await self._selections.take_away(self.owner_url, everybody)
        if stored != outcomes[0].done:
            raise WrongAnswer(f"{outcomes[0].done} courses were selected, {stored} selections are stored")

    @property
    def _selections(self) -> KeyedTable:
        assert self.candidates.tables is not None
        return self.candidates.tables.selections

    async def _select(self, candidate: WalkedCandidate, course: int) -> None:
        assert self._deps is not None
        await select_course(
            self._deps,
            candidate.candidate_id,
            candidate.registration_id,
            candidate.session_id,
            candidate.courses[course],
        )
