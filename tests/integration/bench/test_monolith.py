"""The monolith is no straw man: it checks out by the same rules on the same PostgreSQL."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from bench.measurement.load_generator import Answer
from bench.monolith.seeding import make_tables, seed_monolith
from bench.monolith.server import async_url, monolith
from bench.seeding.invented_candidates import (
    Candidate,
    Programme,
    invent,
    must_be_checked_out,
    programme_without_suite,
    request_of,
)
from chassis.clock import SystemClock
from chassis.ids import new_id
from chassis.security.tokens import Access, Principal, Signer, ensure_keys
from cli.local import bootstrap
from tests.servers import DatabaseServer, free_port, unique

PASSWORD = "a test's password"


@dataclass
class Shop:
    """A running monolith and two candidates before their checkout."""

    http: httpx.AsyncClient
    programme: Programme
    candidates: list[Candidate]
    signer: Signer

    async def check_out(self, candidate: Candidate, *, kind: Access = Access.CANDIDATE, **body: object) -> Answer:
        token = self.signer.sign(Principal(kind, candidate.candidate_id), timedelta(minutes=5))
        request = request_of(candidate, self.programme, token)
        headers = {"authorization": f"Bearer {token}"}
        answer = await self.http.post(request.path, json=json.loads(request.body) | body, headers=headers)
        return Answer(answer.status_code, answer.content)


@pytest.fixture
async def shop(postgres: DatabaseServer, tmp_path: Path) -> AsyncIterator[Shop]:
    name, clock = unique("monolith"), SystemClock()
    owner_url, programme = postgres.owner_url(name), programme_without_suite(clock.now())
    candidates = invent(programme, 2, clock.now())
    await bootstrap.create_database(postgres.url, name)
    await bootstrap.prepare(owner_url, PASSWORD, [])
    await make_tables(async_url(owner_url), programme)
    await seed_monolith(owner_url, programme, candidates)
    ensure_keys(tmp_path)
    port = free_port()
    async with (
        monolith(owner_url, tmp_path / "identity.pub.pem", port, 1, tmp_path / "monolith.log"),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http,
    ):
        yield Shop(http, programme, candidates, Signer.load(tmp_path, "identity", clock))


async def test_it_checks_out_by_the_rules(shop: Shop):
    candidate, other = shop.candidates
    request_id = new_id()
    first = await shop.check_out(candidate, requestId=request_id)
    must_be_checked_out(candidate, shop.programme, first)  # EN-10
    replayed = await shop.check_out(candidate, requestId=request_id)
    assert json.loads(replayed.body)["orderId"] == json.loads(first.body)["orderId"]  # F-10
    assert (await shop.check_out(candidate)).status == 409  # EN-9
    assert (await shop.check_out(other, selectionIds=[new_id()])).status == 409
    assert (await shop.check_out(other, kind=Access.OPERATOR)).status == 403
    must_be_checked_out(other, shop.programme, await shop.check_out(other))
