"""Checkouts through HTTP: the suite's and the monolith's, driven and checked by the same code."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import asyncpg

from bench.measurement.interleaving import Go, Plan
from bench.measurement.load_generator import Answers, opened
from bench.measurement.medians_and_ratios import Outcome
from bench.seeding.invented_candidates import (
    Candidate,
    Programme,
    WrongAnswer,
    invent,
    must_be_checked_out,
    request_of,
    sliced,
)
from chassis.clock import SystemClock
from chassis.ids import new_id
from chassis.security.tokens import Access, Principal, Signer

TOKEN_LASTS: Final = timedelta(hours=1)

Seed = Callable[[str, Programme, Sequence[Candidate]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Shop:
    """An application that checks candidates out: where it listens and what it stores. `orders`: a query that counts the
    orders of the candidates `$1`.
    """

    title: str
    port: int
    processes: Callable[[], Mapping[str, int]]
    owner_url: str
    seed: Seed
    orders: str


@dataclass(slots=True)
class HttpCheckouts:
    """Every candidate checks out once, with a token that the application has not seen before."""

    shop: Shop
    programme: Programme
    signer: Signer
    connections: int = 0
    seconds: float = 0.0
    batches: list[Sequence[Candidate]] = field(default_factory=list)
    unit: str = "checkouts"

    @property
    def title(self) -> str:
        """The application's."""
        return self.shop.title

    def processes(self) -> Mapping[str, int]:
        """The application's."""
        return self.shop.processes()

    async def prepare(self, plan: Plan) -> None:
        """Puts all candidates of all turns into the application's tables."""
        everybody = invent(self.programme, sum(plan.sizes), SystemClock().now())
        await self.shop.seed(self.shop.owner_url, self.programme, everybody)
        self.batches = sliced(everybody, plan.sizes)
        self.connections, self.seconds = plan.connections, plan.seconds

    @asynccontextmanager
    async def turn(self, number: int) -> AsyncIterator[Go]:
        """Raises WrongAnswer for the first checkout that was not answered or stored as it should."""
        batch = self.batches[number]
        requests = [request_of(candidate, self.programme, self._token(candidate)) for candidate in batch]
        async with opened(self.shop.port, requests, self.connections) as (send, answers):

            async def go() -> Outcome:
                return await send(self.seconds)

            yield go
        await self._check(batch, answers)

    def _token(self, candidate: Candidate) -> str:
        principal = Principal(Access.CANDIDATE, candidate.candidate_id, login_session_id=new_id())
        return self.signer.sign(principal, TOKEN_LASTS)

    async def _check(self, batch: Sequence[Candidate], answers: Answers) -> None:
        for number, answer in answers.items():
            must_be_checked_out(batch[number], self.programme, answer)
        await must_be_stored(self.shop.owner_url, self.shop.orders, batch, len(answers))


async def must_be_stored(owner_url: str, orders: str, batch: Sequence[Candidate], wanted: int) -> None:
    """Raises WrongAnswer unless there are as many orders as were answered."""
    connection = await asyncpg.connect(owner_url)
    try:
        stored = await connection.fetchval(orders, [candidate.candidate_id for candidate in batch])
    finally:
        await connection.close()
    if stored != wanted:
        raise WrongAnswer(f"{wanted} checkouts were answered, {stored} orders are stored")
