"""How the systems outside fare, as several replicas have met them (OP-2)."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from zikao.common.v1 import external_system_pb2

from chassis.clock import ManualClock
from chassis.errors import NotFound
from chassis.external_systems.health_store import ExternalSystems
from chassis.external_systems.passive_health import Monitor, MonitoredClient, Role
from chassis.external_systems.servicer import Backlog, CountBacklogs, ExternalSystemServicer
from chassis.postgres.database import Database

MINUTE = timedelta(minutes=1)


async def known(
    replica: ExternalSystems, count_backlogs: CountBacklogs | None = None
) -> external_system_pb2.ExternalSystem:
    """What an operator hears of the first system."""
    request = external_system_pb2.ListExternalSystemsRequest()
    answer = await ExternalSystemServicer(replica, count_backlogs).ListExternalSystems(request, None)
    return answer.systems[0]


@pytest.fixture
def replicas(db: Database, clock: ManualClock) -> tuple[ExternalSystems, Monitor, ExternalSystems, Monitor]:
    """Two replicas of one service, each with its monitor of the platform."""
    one, other = ExternalSystems(db, clock), ExternalSystems(db, clock)
    return one, one.monitor(Role.PAYMENT_PLATFORM, "sandbox"), other, other.monitor(Role.PAYMENT_PLATFORM, "sandbox")


async def test_a_system_that_nobody_has_asked_is_known_and_unmet(
    replicas: tuple[ExternalSystems, Monitor, ExternalSystems, Monitor],
) -> None:
    system = await known(replicas[0])
    assert (system.role, system.name) == (Role.PAYMENT_PLATFORM, "sandbox")
    assert not system.HasField("success_time")
    assert not system.HasField("failing_since_time")
    assert not system.HasField("waiting_count")


async def test_it_fails_since_the_first_failure_after_its_last_answer(
    replicas: tuple[ExternalSystems, Monitor, ExternalSystems, Monitor], clock: ManualClock
) -> None:
    one, line, _, _ = replicas
    line.answered()
    clock.advance(MINUTE)
    first = clock.now()
    line.failed("ConnectError")
    await one.write()
    clock.advance(MINUTE)
    line.failed("HTTP 503")
    system = await known(one)
    assert system.failing_since_time.ToDatetime(tzinfo=first.tzinfo) == first
    assert (system.failure, system.failure_time.ToDatetime(tzinfo=first.tzinfo)) == ("HTTP 503", clock.now())


async def test_what_one_replica_meets_the_other_tells(
    replicas: tuple[ExternalSystems, Monitor, ExternalSystems, Monitor], clock: ManualClock
) -> None:
    one, line, other, its_line = replicas
    line.failed("ConnectError")
    clock.advance(MINUTE)
    its_line.answered()
    await asyncio.gather(one.write(), other.write())
    for replica in (one, other):
        system = await known(replica)
        assert not system.HasField("failing_since_time")
        assert system.failure == "ConnectError"
    clock.advance(MINUTE)
    line.failed("ReadTimeout")
    await one.write()
    assert (await known(other)).HasField("failing_since_time")


async def test_older_news_that_are_written_later_change_nothing(
    replicas: tuple[ExternalSystems, Monitor, ExternalSystems, Monitor], clock: ManualClock
) -> None:
    one, line, other, its_line = replicas
    line.failed("ConnectError")
    clock.advance(MINUTE)
    its_line.answered()
    await other.write()
    await one.write()
    assert not (await known(one)).HasField("failing_since_time")


async def test_what_waits_is_told_with_the_system(db: Database, clock: ManualClock) -> None:
    async def count() -> dict[tuple[int, str], Backlog]:
        return {(Role.RECEIPT_PORTAL, ""): Backlog(7, clock.now())}

    service = ExternalSystems(db, clock)
    service.monitor(Role.RECEIPT_PORTAL)
    system = await known(service, count)
    assert system.waiting_count == 7
    assert system.HasField("waiting_since_time")


def refuse(_: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("nobody listens")


@pytest.mark.parametrize(
    ("say", "failure"),
    [
        pytest.param(lambda _: httpx.Response(200), "", id="an answer"),
        pytest.param(lambda _: httpx.Response(404), "", id="a refusal is an answer"),
        pytest.param(lambda _: httpx.Response(503), "HTTP 503", id="it says that it cannot"),
        pytest.param(refuse, "ConnectError", id="no answer"),
    ],
)
async def test_calls_report_how_they_end(
    say: Callable[[httpx.Request], httpx.Response], failure: str, clock: ManualClock
) -> None:
    line = Monitor(Role.MESSAGE_SENDER, "", clock)
    async with MonitoredClient(line, transport=httpx.MockTransport(say)) as http:
        await asyncio.gather(http.get("http://sender/"), return_exceptions=True)
    assert line.failure == failure
    assert (line.success_time is None) == bool(failure)


def test_an_image_that_is_not_there_has_been_looked_for(clock: ManualClock) -> None:
    line = Monitor(Role.BLOB_STORE, "", clock)
    with pytest.raises(NotFound), line.watched():
        raise NotFound()
    assert line.success_time == clock.now()
    with pytest.raises(OSError, match="full"), line.watched():
        raise OSError("the disk is full")
    assert line.failure == "OSError"
