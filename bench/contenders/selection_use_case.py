"""Selecting courses (EN-5) beside few and beside many live selections of others: it must not matter how many there are.

The use case runs in the load generator's process, with the service's own parts on a database of its own; there is no
network before it.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import asyncpg

from bench.measurement.interleaving import Go, Plan, WrongAnswer, batches
from bench.measurement.load_generator import closed_loop
from bench.measurement.medians_and_ratios import Outcome
from bench.seeding.enrollment_seeding import seed_enrollment
from bench.seeding.invented_candidates import COURSES, Candidate, Programme, invent, programme_in
from chassis.clock import SystemClock
from chassis.config import DatabaseConfig
from cli.api import load_files
from cli.demo_session import SESSION_FILES, move_along
from services.enrollment.config import Config
from services.enrollment.domain.importing import CatalogueFile
from services.enrollment.main import enrollment
from services.enrollment.ports import Ports
from services.enrollment.usecases.catalogue import import_catalogue
from services.enrollment.usecases.selecting import select_course

CATALOG: Final = Path(__file__).resolve().parents[2] / "deploy" / "catalog"
BATCH: Final = 10_000
"""People written at once, so that they need not all be held in memory."""

_LIVE: Final = "SELECT count(*) FROM enrollment.selection WHERE live AND candidate_id = ANY($1::uuid[])"
_TAKEN_AWAY: Final = "DELETE FROM enrollment.selection WHERE candidate_id = ANY($1::uuid[])"
_TIDIED: Final = "VACUUM ANALYZE enrollment.selection"


@dataclass(slots=True)
class Selecting:
    """Candidates who select three courses each, while `live` selections of others are there."""

    title: str
    owner_url: str
    live: int
    keys_dir: Path
    until: AsyncExitStack
    connections: int = 0
    seconds: float = 0.0
    batches: list[Sequence[Candidate]] = field(default_factory=list)
    unit: str = "selections"
    _ports: Ports | None = None
    _programme: Programme | None = None

    def processes(self) -> Mapping[str, int]:
        """Nothing but the load generator and PostgreSQL runs for it."""
        return {}

    async def prepare(self, plan: Plan) -> None:
        """Imports the catalogue, puts the others' selections there, and everybody who will select."""
        config = Config(database=DatabaseConfig(url=self.owner_url), keys_dir=self.keys_dir)
        service = await self.until.enter_async_context(enrollment(config, SystemClock()))
        self._ports = service.ports
        await import_catalogue(_files(), service.ports, dry_run=False)
        self._programme = await programme_in(self.owner_url)
        for start in range(0, self.live // COURSES, BATCH):
            await self._seed(min(BATCH, self.live // COURSES - start))
        sizes = [-(-size // COURSES) for size in plan.sizes]
        self.batches = batches(await self._seed(sum(sizes)), sizes)
        for batch in self.batches:
            await self._empty(batch)
        self.connections, self.seconds = plan.connections, plan.seconds

    @asynccontextmanager
    async def turn(self, number: int) -> AsyncIterator[Go]:
        """Raises WrongAnswer unless there is a live selection for every one that was made; then takes them away, so
        that every turn finds as many as the first.
        """
        batch, outcomes = self.batches[number], list[Outcome]()

        async def select(piece: int) -> None:
            await self._select(batch[piece // COURSES], piece % COURSES)

        async def go() -> Outcome:
            lanes = [select] * self.connections
            outcomes.append(await closed_loop(lanes, len(batch) * COURSES, self.seconds))
            return outcomes[0]

        yield go
        stored = await self._empty(batch)
        if stored != outcomes[0].done:
            raise WrongAnswer(f"{outcomes[0].done} courses were selected, {stored} selections are stored")

    async def _select(self, candidate: Candidate, course: int) -> None:
        assert self._ports is not None
        assert self._programme is not None
        session_id, code = self._programme.session_id, self._programme.courses[course].code
        await select_course(candidate.candidate_id, candidate.registration_id, session_id, code, self._ports)

    async def _seed(self, count: int) -> list[Candidate]:
        assert self._programme is not None
        people = invent(self._programme, count, SystemClock().now())
        await seed_enrollment(self.owner_url, self._programme, people)
        return people

    async def _empty(self, batch: Sequence[Candidate]) -> int:
        """Takes the selections of these candidates away, and says how many there were."""
        everybody = [candidate.candidate_id for candidate in batch]
        connection = await asyncpg.connect(self.owner_url)
        try:
            live: int = await connection.fetchval(_LIVE, everybody)
            await connection.execute(_TAKEN_AWAY, everybody)
            await connection.execute(_TIDIED)
        finally:
            await connection.close()
        return live


def _files() -> list[CatalogueFile]:
    files = load_files(CATALOG)
    moved = move_along({name: files[name] for name in SESSION_FILES}, SystemClock().now().date())
    return [CatalogueFile(name, content) for name, content in {**files, **moved}.items()]
