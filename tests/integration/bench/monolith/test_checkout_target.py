"""The monolith is no straw man: it checks out by the same rules on the same PostgreSQL."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from bench.contenders.http_checkouts import Buyer, must_be_checked_out, request_of
from bench.measurement.load_generator import Answer
from bench.monolith.checkout_target import MonolithShop
from bench.monolith.invented_candidates import programme_at
from bench.monolith.seeding import make_tables
from bench.monolith.server import async_url, monolith
from chassis.clock import SystemClock
from chassis.ids import new_id
from chassis.security.tokens import Access, Principal, Signer, ensure_keys
from cli.local import schemas_and_roles
from tests.support.free_port import free_port
from tests.support.postgres_server import DatabaseServer, unique_name

PASSWORD = "a test's password"


@dataclass
class Running:
    """A running monolith and two candidates before their checkout."""

    http: httpx.AsyncClient
    shop: MonolithShop
    buyers: list[Buyer]

    async def check_out(self, buyer: Buyer, **body: object) -> Answer:
        request = request_of(buyer)
        headers = {"authorization": f"Bearer {buyer.token}"}
        answer = await self.http.post(request.path, json=json.loads(request.body) | body, headers=headers)
        return Answer(answer.status_code, answer.content)


@pytest.fixture
async def running(postgres: DatabaseServer, tmp_path: Path) -> AsyncIterator[Running]:
    name, clock = unique_name("monolith"), SystemClock()
    owner_url, programme = postgres.owner_url(name), programme_at(clock.now())
    await schemas_and_roles.create_database(postgres.url, name)
    await schemas_and_roles.prepare(owner_url, {})
    await make_tables(async_url(owner_url), programme)
    ensure_keys(tmp_path)
    port, signer = free_port(), Signer.load(tmp_path, "identity", clock)
    async with (
        monolith(owner_url, tmp_path / "identity.pub.pem", port, 1, tmp_path / "monolith.log") as pid,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http,
    ):
        shop = MonolithShop(pid, port, owner_url, programme, signer)
        yield Running(http, shop, list(await shop.buyers(2)))


async def test_it_checks_out_by_the_rules(running: Running):
    buyer, other = running.buyers
    request_id = new_id()
    first = await running.check_out(buyer, requestId=request_id)
    must_be_checked_out(buyer, first)  # EN-10
    replayed = await running.check_out(buyer, requestId=request_id)
    assert json.loads(replayed.body)["orderId"] == json.loads(first.body)["orderId"]  # F-10
    assert (await running.check_out(buyer)).status == 409  # EN-9
    assert (await running.check_out(other, selectionIds=[new_id()])).status == 409
    operator = running.shop.signer.sign(Principal(Access.OPERATOR, other.candidate_id), timedelta(minutes=5))
    assert (await running.check_out(replace(other, token=operator))).status == 403
    must_be_checked_out(other, await running.check_out(other))
    assert await running.shop.count_orders([buyer.candidate_id, other.candidate_id]) == 2
