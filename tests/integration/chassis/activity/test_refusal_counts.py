"""What processes refuse is added up by the minute, off the path of any call (OP-4)."""

from datetime import datetime, timedelta

import grpc
import pytest
from zikao.common.v1 import activity_pb2

from chassis.activity.minute_counts import MinuteCounts
from chassis.activity.refusal_counts import KIND_OF_CODE, Kind, RefusalCounts
from chassis.activity.servicer import ActivityServicer
from chassis.call_context import Call
from chassis.clock import ManualClock
from chassis.errors import Code, Refusal
from chassis.postgres.database import Database
from chassis.postgres.retention import REFUSALS, delete_expired
from chassis.security.tokens import Access, Principal
from tests.integration.chassis import echo
from tests.integration.chassis.conftest import MakePeer, MakeServer

MINUTE = timedelta(minutes=1)


def refused(code: Code, principal: Principal | None = None) -> Call:
    """A call that ended so."""
    return Call("/a/B", principal=principal, code=code.value, reason="WHY")


async def told(db: Database, clock: ManualClock, kind: int) -> activity_pb2.ActivityCount:
    """What an operator hears of a kind of refusal."""
    servicer = ActivityServicer(MinuteCounts(db, clock), clock, ())
    answer = await servicer.GetActivity(activity_pb2.GetActivityRequest(minutes=3), None)
    return next(one for one in answer.counts if one.kind == kind)


async def test_the_refusals_of_all_replicas_add_up(db: Database, clock: ManualClock) -> None:  # OP-4
    one, other = RefusalCounts(db, clock), RefusalCounts(db, clock)
    for replica in (one, other, other):
        replica.note(refused(Code.FAILED_PRECONDITION))
        await replica.write()
    clock.advance(MINUTE)
    one.note(refused(Code.NOT_FOUND))
    await one.write()
    count = await told(db, clock, Kind.REFUSED_BY_RULE)
    assert list(count.per_minute) == [0, 3, 1]
    assert (count.today, count.yesterday) == (4, 0)


async def test_a_minute_is_written_as_it_stands_however_often(db: Database, clock: ManualClock) -> None:  # OP-4
    counts = RefusalCounts(db, clock)
    for _ in range(3):
        counts.note(refused(Code.UNAVAILABLE))
        await counts.write()
        await counts.write()
    assert list((await told(db, clock, Kind.FAILED)).per_minute) == [0, 0, 3]


async def test_what_could_not_be_written_is_written_later(  # OP-4
    db: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = RefusalCounts(db, clock)
    counts.note(refused(Code.RESOURCE_EXHAUSTED))

    async def away(*_: object) -> None:
        raise OSError("the database is away")

    with monkeypatch.context() as patched:
        patched.setattr(type(db.hot), "execute_each", away)
        with pytest.raises(OSError, match="away"):
            await counts.write()
    clock.advance(2 * MINUTE)
    await counts.write()
    assert list((await told(db, clock, Kind.REFUSED_TOO_MANY)).per_minute) == [1, 0, 0]


async def test_a_call_of_another_service_is_no_persons(db: Database, clock: ManualClock) -> None:  # OP-4
    counts = RefusalCounts(db, clock)
    counts.note(refused(Code.FAILED_PRECONDITION, Principal(Access.SERVICE, "enrollment")))
    counts.note(refused(Code.FAILED_PRECONDITION, Principal(Access.CANDIDATE, "c-1")))
    await counts.write()
    assert (await told(db, clock, Kind.REFUSED_BY_RULE)).today == 1


async def test_a_server_tells_what_it_refuses(make_server: MakeServer, make_peer: MakePeer) -> None:  # OP-4
    heard: list[Call] = []
    async with make_server(note_refusal=heard.append).serving() as ports, make_peer(ports.grpc, proven=False) as stub:
        with pytest.raises((grpc.aio.AioRpcError, Refusal)):
            await stub.ForCandidates(echo.EchoRequest(), timeout=60)
    assert [one.code for one in heard] == [Code.UNAUTHENTICATED.value]


def test_every_kind_of_refusal_has_its_codes() -> None:  # OP-4
    assert set(KIND_OF_CODE) < {code.value for code in Code}


async def test_the_day_before_is_told_beside_it_and_older_counts_go(db: Database, clock: ManualClock) -> None:  # OP-4
    counts = RefusalCounts(db, clock)
    counts.note(refused(Code.INVALID_ARGUMENT))
    await counts.write()
    clock.advance(timedelta(days=1))
    count = await told(db, clock, Kind.REFUSED_INPUT)
    assert (list(count.per_minute_yesterday), count.today, count.yesterday) == ([0, 0, 1], 0, 1)
    assert await delete_expired(db, REFUSALS, clock.now()) == 0
    clock.advance(timedelta(days=3))
    assert await delete_expired(db, REFUSALS, clock.now()) == 1


async def test_many_who_ask_at_once_are_answered_by_one_look(db: Database, clock: ManualClock) -> None:  # OP-4
    looks: list[datetime] = []

    class Counted(MinuteCounts):
        async def by_kind(self) -> dict[str, dict[datetime, int]]:
            looks.append(clock.now())
            return {}

    servicer = ActivityServicer(Counted(db, clock), clock, ())
    for _ in range(5):
        await servicer.GetActivity(activity_pb2.GetActivityRequest(), None)
    clock.advance(timedelta(seconds=2))
    await servicer.GetActivity(activity_pb2.GetActivityRequest(), None)
    assert len(looks) == 2
