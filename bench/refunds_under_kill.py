"""A cancelled session of many orders, given back to the last one by the suite's own processes (PA-12).

Payment is killed half way, the way back is closed for some orders, and in the end the platform's book is compared with
ours.
"""

import asyncio
import os
import signal
import sqlite3
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx
from rich.console import Console

from bench.contenders.session_refunds import UNLIMITED
from bench.measurement.interleaving import WrongAnswer
from bench.seeding.payment_seeding import Due, await_payment, have_been_paid, single
from bench.suites.throwaway_postgres import ThrowawayPostgres, throwaway_postgres
from chassis.clock import SystemClock
from cli.staff.api_client import Api, ApiProblem, Json
from cli.suite.local_suite import Suite
from cli.suite.supervisor import Supervisor

SESSION: Final = "2090-03"
FEE: Final = 6500
AT_ONCE: Final = 10_000
"""Orders that are put into the tables with one statement."""
CLOSED_EVERY: Final = 800
"""One order in so many cannot be given back the way its money came."""
LOOK_SECONDS: Final = 2.0
LONGEST_SECONDS: Final = 3 * 3600.0
TOLD: Final = {**UNLIMITED, "ZIKAO_RECEIPTS__PER_SECOND": "1"}
PAGE: Final = 100
_STATES: Final = "SELECT state, count(*) FROM payment.orders WHERE session_id = $1 GROUP BY state"
_OURS: Final = """
SELECT count(*) AS refunds, count(DISTINCT f.order_id) AS orders,
  count(*) FILTER (WHERE f.state = 'SUCCEEDED') AS succeeded, count(*) FILTER (WHERE f.state = 'FAILED') AS failed,
  count(*) FILTER (WHERE f.state = 'SUCCEEDED' AND f.to_bank_account) AS to_bank_account,
  coalesce(sum(f.amount_fen) FILTER (WHERE f.state = 'SUCCEEDED'), 0)::bigint AS fen
FROM payment.refunds f JOIN payment.orders o USING (order_id) WHERE o.session_id = $1
"""
_QUEUED: Final = """
SELECT order_id::text FROM payment.exceptions
WHERE kind = 'REFUND_FAILED' AND state = 'OPEN' AND order_id = ANY($1::uuid[])
"""
_UNTOLD: Final = "SELECT count(*) FROM payment.outbox"
_PLATFORMS: Final = "SELECT count(*), count(DISTINCT out_trade_no), coalesce(sum(amount_fen), 0) FROM refunds"


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A session's paid orders: how many, and those whose way back is closed, with bank details on record or without."""

    count: int
    to_bank_account: Sequence[Due]
    nowhere: Sequence[Due]


@dataclass(slots=True)
class Course:
    """What was seen on the way, in seconds since the batch was created."""

    seconds: float = 0.0
    looks: int = 0
    unanswered: int = 0
    killed_at: int = 0
    steps: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class GivenBack:
    """How it ended: what was counted on both sides, all of it compared already."""

    course: Course
    ours: Mapping[str, int]

    def says(self) -> list[str]:
        """The sentences of the report."""
        ours, course = self.ours, self.course
        return [
            f"{ours['refunds']:,} refunds of as many orders in {course.seconds:,.0f} s.",
            f"{ours['succeeded']:,} succeeded, {ours['to_bank_account']:,} of them to a bank account; "
            f"{ours['failed']:,} failed, and exactly these are listed and in the operator's queue.",
            f"Payment was killed when {course.killed_at:,} were settled. Progress was read {course.looks:,} times, "
            f"{course.unanswered:,} times without an answer, and never went back.",
            f"The platform's book has the same {ours['succeeded']:,} refunds and {ours['fen'] / 100:,.2f} yuan: "
            "none is doubled, none is missing.",
        ]


async def give_everything_back(count: int, console: Console) -> GivenBack:
    """Does it. Raises WrongAnswer for the first thing that is not as it should be, and what a suite raises."""
    async with throwaway_postgres() as place:
        told = {"payment": TOLD}
        suite = Suite(place.home, place.ports, console, database_url=place.suite_url, told=told)
        async with suite.running() as supervisor, httpx.AsyncClient(timeout=60.0) as http:
            office = Office(place, http)
            suite.say(f"putting {count:,} paid orders into the tables")
            cancelled = await office.cancelled_session(count)
            suite.say("giving everything back")
            batch = await (await office.api()).send(
                "POST", "/v1/refund-batches", {"sessionId": SESSION, "note": "cancelled"}
            )
            course = await office.follow(batch["refundBatchId"], supervisor, suite)
            suite.say("comparing the books")
            return GivenBack(course, await office.compare(batch["refundBatchId"], cancelled))


@dataclass(frozen=True, slots=True)
class Office:
    """The operator, who also looks into both books."""

    place: ThrowawayPostgres
    http: httpx.AsyncClient

    async def api(self) -> Api:
        """The suite's API in a login session of its own: one does not last as long as all refunds."""
        account = self.place.home.known_accounts()["operator"]
        url = f"http://127.0.0.1:{self.place.ports.of('gateway').port}"
        return await Api.log_in(self.http, url, account["loginName"], account["password"])

    async def cancelled_session(self, count: int) -> Cancelled:
        """Puts the orders into the tables and closes the way back for some; every other of these has bank details."""
        now, closed = SystemClock().now(), list[Due]()
        for start in range(0, count, AT_ONCE):
            orders = single(SESSION, min(AT_ONCE, count - start), FEE)
            await await_payment(self.place.suite_url, orders, now)
            await have_been_paid(self.place.suite_url, Path(self.place.home.sandbox), orders, now)
            closed += orders[::CLOSED_EVERY]
        api = await self.api()
        for order in closed:
            await self._close_way_back(order)
        for order in closed[::2]:
            account = {"holderName": "张三", "accountNumber": "6222020000000000", "bankName": "工商银行"}
            await api.send("PUT", f"/v1/orders/{order.order_id}/refund-account", account)
        return Cancelled(count, closed[::2], closed[1::2])

    async def follow(self, batch_id: str, supervisor: Supervisor, suite: Suite) -> Course:
        """Reads the batch's progress until it is complete; kills payment when half is back. Raises WrongAnswer."""
        course, started, api = Course(), time.monotonic(), await self.api()
        while time.monotonic() - started < LONGEST_SECONDS:
            course.looks += 1
            try:
                if course.looks % 100 == 0:
                    api = await self.api()
                batch = await api.get(f"/v1/refund-batches/{batch_id}")
            except ApiProblem:
                course.unanswered += 1
            else:
                _note(course, batch, suite)
                if batch["state"] == "COMPLETED":
                    course.seconds = time.monotonic() - started
                    return course
                if not course.killed_at and course.steps[-1] * 2 >= int(batch["totalCount"]):
                    course.killed_at = course.steps[-1]
                    _kill_payment(supervisor)
            await asyncio.sleep(LOOK_SECONDS)
        raise WrongAnswer(f"{course.steps[-1:]} refunds were settled in {LONGEST_SECONDS:.0f} s")

    async def compare(self, batch_id: str, cancelled: Cancelled) -> Mapping[str, int]:
        """Compares the refunds on record with the platform's and with what was to be expected. Raises WrongAnswer."""
        connection = await asyncpg.connect(self.place.suite_url)
        try:
            (found,) = await connection.fetch(_OURS, SESSION)
            ours = dict(found)
            states = {row["state"]: row["count"] for row in await connection.fetch(_STATES, SESSION)}
            failed_ids = {order.order_id for order in cancelled.nowhere}
            queued = {row[0] for row in await connection.fetch(_QUEUED, list(failed_ids))}
            await _heard_by_enrollment(connection)
        finally:
            await connection.close()
        succeeded, failed = cancelled.count - len(failed_ids), len(failed_ids)
        _must_be("refunds on record", (ours["refunds"], ours["orders"]), (cancelled.count, cancelled.count))
        _must_be("their states", (ours["succeeded"], ours["failed"]), (succeeded, failed))
        _must_be("refunds to a bank account", ours["to_bank_account"], len(cancelled.to_bank_account))
        _must_be("states of orders", states, {"REFUNDED": succeeded, "REFUNDING": failed})
        _must_be("failures in the list", await self._listed_failures(batch_id), failed_ids)
        _must_be("failures in the operator's queue", queued, failed_ids)
        _must_be("refunds at the platform", self._at_platform(), (succeeded, succeeded, succeeded * FEE))
        return ours

    async def _listed_failures(self, batch_id: str) -> set[str]:
        found, api, token = set[str](), await self.api(), ""
        while True:
            path = f"/v1/refund-batches/{batch_id}/refunds"
            page = await api.get(path, state="FAILED", pageSize=str(PAGE), pageToken=token)
            found |= {refund["orderId"] for refund in page.get("refunds", [])}
            if not (token := page.get("nextPageToken", "")):
                return found

    async def _close_way_back(self, order: Due) -> None:
        url = f"http://127.0.0.1:{self.place.ports.of('sandbox').port}/faults/{order.trade}"
        answer = await self.http.put(url, json={"target": "refund", "kind": "ROUTE_CLOSED"})
        answer.raise_for_status()

    def _at_platform(self) -> tuple[int, int, int]:
        platform = sqlite3.connect(Path(self.place.home.sandbox) / "sandbox.sqlite3", timeout=30)
        try:
            count, trades, fen = platform.execute(_PLATFORMS).fetchone()
            return count, trades, fen
        finally:
            platform.close()


def _note(course: Course, batch: Json, suite: Suite) -> None:
    settled = int(batch["succeededCount"]) + int(batch["failedCount"])
    if course.steps and settled < course.steps[-1]:
        raise WrongAnswer(f"progress went back from {course.steps[-1]} to {settled}")
    course.steps.append(settled)
    if course.looks % 15 == 1:
        suite.say(f"{settled:,} of {int(batch['totalCount']):,} refunds are settled")


def _kill_payment(supervisor: Supervisor) -> None:
    child = next(one.child for one in supervisor.supervised if one.name == "payment")
    assert child is not None
    os.kill(child.pid, signal.SIGKILL)


async def _heard_by_enrollment(connection: "asyncpg.Connection") -> None:
    for _ in range(600):
        if not await connection.fetchval(_UNTOLD):
            return
        await asyncio.sleep(0.5)
    raise WrongAnswer("enrollment has not heard of every refund")


def _must_be(what: str, found: Any, wanted: Any) -> None:
    if found != wanted:
        raise WrongAnswer(f"{what}: {found} were found instead of {wanted}")
