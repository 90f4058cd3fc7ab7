"""The first baseline: the statements by which a suite writes a checkout, and nothing else.

They are those that the suite's own processes send: one checkout is made over HTTP while the server notes what it is
sent. The statements are then repeated for copies of that candidate, in a database that holds what the suite's holds.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

import asyncpg
import httpx

from bench.contenders.http_checkouts import Buyer, SuiteShop, must_be_checked_out, request_of
from bench.measurement.interleaving import Go, Plan, WrongAnswer, batches
from bench.measurement.load_generator import Answer, Work, closed_loop
from bench.measurement.medians_and_ratios import Outcome
from bench.seeding.row_copies import (
    UUID,
    KeyedTable,
    Pieces,
    Words,
    connected,
    copy_tables,
    read_original,
    write_copies,
)
from bench.seeding.suite_candidates import SuiteCandidates
from bench.suites.statement_log import LoggedStatement, logged
from bench.suites.throwaway_postgres import ThrowawayPostgres
from chassis.clock import SystemClock
from cli.local.schemas_and_roles import role_of

SCHEMAS: Final = {role_of(service): service for service in ("enrollment", "payment")}
"""The two that write a checkout, by the role as which each connects."""

Values = Sequence[Any]


@dataclass(slots=True)
class BareStatements:
    """The statements of a checkout through asyncpg. `owner_url`: a database with both services' empty tables."""

    title: str
    owner_url: str
    place: ThrowawayPostgres
    candidates: SuiteCandidates
    until: AsyncExitStack
    seconds: float = 0.0
    lanes: list[Sequence[Any]] = field(default_factory=list)
    turns: list[Sequence[Sequence[Values]]] = field(default_factory=list)
    buyers: list[Sequence[str]] = field(default_factory=list)
    orders: KeyedTable | None = None
    unit: str = "checkouts"

    def processes(self) -> Mapping[str, int]:
        """Nothing but the load generator and PostgreSQL runs for it."""
        return {}

    async def prepare(self, plan: Plan) -> None:
        """Has one checkout noted, and makes the values of the same statements for the buyers of all turns."""
        (buyer,) = await SuiteShop(self.candidates).buyers(1)
        original = await read_original(self.candidates.suite.owner_url, buyer.words, SystemClock().now())
        await copy_tables(self.candidates.suite.owner_url, self.owner_url)
        statements = await self._noted(buyer)
        # Whatever else has an id in them (an event, a request) needs another one in every copy.
        sent = {word for one in statements for text in one.parameters if text for word in UUID.findall(text)}
        original = replace(original, words=[*{*original.words, *sent}])
        copies = await write_copies(self.owner_url, original, sum(plan.sizes))
        self.lanes = [await self._lane(statements) for _ in range(plan.connections)]
        values = await self._values(statements, original.words, copies)
        self.turns, self.seconds = batches(list(zip(*values, strict=True)), plan.sizes), plan.seconds
        self.buyers = batches([renamed[buyer.candidate_id] for renamed in copies], plan.sizes)
        assert self.candidates.tables is not None
        self.orders = self.candidates.tables.orders

    @asynccontextmanager
    async def turn(self, number: int) -> AsyncIterator[Go]:
        """Raises WrongAnswer when the statements did not do their work."""
        values, outcomes = self.turns[number], list[Outcome]()

        async def go() -> Outcome:
            lanes = [_work(lane, values) for lane in self.lanes]
            outcomes.append(await closed_loop(lanes, len(values), self.seconds))
            return outcomes[0]

        yield go
        assert self.orders is not None
        stored = await self.orders.count(self.owner_url, owners=self.buyers[number])
        if stored != outcomes[0].done:
            raise WrongAnswer(f"the statements of {outcomes[0].done} checkouts were sent, {stored} orders are stored")

    async def _noted(self, buyer: Buyer) -> Sequence[LoggedStatement]:
        """What enrollment and payment send to write the buyer's checkout, in order."""
        asked = request_of(buyer)
        async with logged(self.place) as statements, httpx.AsyncClient(trust_env=False) as http:
            headers = {"authorization": f"Bearer {asked.token}", "content-type": "application/json"}
            url = self.candidates.suite.gateway_url + asked.path
            answer = await http.post(url, content=asked.body, headers=headers)
        must_be_checked_out(buyer, Answer(answer.status_code, answer.content))
        writing = [one for one in statements if one.role in SCHEMAS and one.writes and _is_about(one, buyer)]
        if {one.role for one in writing} != SCHEMAS.keys():
            raise WrongAnswer(f"a checkout was noted as {len(writing)} statements of {[one.role for one in writing]}")
        return writing

    async def _lane(self, statements: Sequence[LoggedStatement]) -> Sequence[Any]:
        """The statements, each prepared on a connection to the schema of its service."""
        connections = {
            role: await asyncpg.connect(self.owner_url, server_settings={"search_path": f"{schema},public"})
            for role, schema in SCHEMAS.items()
        }
        for connection in connections.values():
            self.until.push_async_callback(connection.close)
        return [await connections[one.role].prepare(one.statement) for one in statements]

    async def _values(
        self, statements: Sequence[LoggedStatement], words: Sequence[str], copies: Sequence[Words]
    ) -> list[list[Values]]:
        """For each statement the values of every copy, as the server reads the text of each."""
        found = list[list[Values]]()
        async with connected(self.owner_url) as connection:
            for prepared, noted in zip(self.lanes[0], statements, strict=True):
                columns = [
                    await _column(connection, parameter.name, Pieces.of(text, words), copies)
                    if text is not None
                    else [None] * len(copies)
                    for parameter, text in zip(prepared.get_parameters(), noted.parameters, strict=True)
                ]
                found.append(list(zip(*columns, strict=True)))
        return found


async def _column(connection: Any, type_name: str, text: Pieces, copies: Sequence[Words]) -> list[Any]:
    query = f"SELECT text::{type_name} FROM unnest($1::text[]) WITH ORDINALITY AS copies(text, n) ORDER BY n"
    return [row[0] for row in await connection.fetch(query, list(text.joined(copies)))]


def _is_about(noted: LoggedStatement, buyer: Buyer) -> bool:
    return any(buyer.candidate_id in text for text in noted.parameters if text)


def _work(lane: Sequence[Any], values: Sequence[Sequence[Values]]) -> Work:
    async def check_out(number: int) -> None:
        for prepared, own in zip(lane, values[number], strict=True):
            await prepared.fetchval(*own)

    return check_out
