"""How much is under way at once, by source, by account and in all (GW-6)."""

from contextlib import ExitStack

import pytest

from chassis.errors import Overloaded, Refusal
from gateway.errors import TooManyRequestsUnderWay, TooManyStreams, TooManyUploads
from gateway.http.front_door.caller_bounds import Caller, CallerBounds
from gateway.http.front_door.limits import FrontDoorLimits

LIMITS = FrontDoorLimits(
    requests_per_source=2,
    requests_per_account=1,
    streams_per_account=2,
    streams_per_order=1,
    uploads=3,
    strangers_uploads=2,
    uploads_per_source=1,
    uploads_per_account=1,
)
HERE, THERE, ELSEWHERE = "198.51.100.7", "198.51.100.8", "198.51.100.9"


@pytest.fixture
def bounds() -> CallerBounds:
    return CallerBounds(LIMITS, most_requests=4, most_streams=4)


def refused(bounds: CallerBounds, kind: str, *args: object) -> type[Refusal] | None:
    """What keeps one more out; nothing where it is let in."""
    try:
        with getattr(bounds, kind)(*args):
            return None
    except Refusal as refusal:
        return type(refusal) if refusal.retry_after else None


def test_requests_are_bounded_by_source_by_account_and_in_all(bounds: CallerBounds) -> None:
    with ExitStack() as under_way:
        under_way.enter_context(bounds.request(Caller(HERE, "anna")))
        assert refused(bounds, "request", Caller(THERE, "anna")) is TooManyRequestsUnderWay
        under_way.enter_context(bounds.request(Caller(HERE)))
        assert refused(bounds, "request", Caller(HERE, "berta")) is TooManyRequestsUnderWay
        under_way.enter_context(bounds.request(Caller(THERE, "berta")))
        under_way.enter_context(bounds.request(Caller("")))
        assert refused(bounds, "request", Caller(ELSEWHERE)) is Overloaded
    assert refused(bounds, "request", Caller(HERE, "anna")) is None


def test_streams_are_bounded_by_what_is_watched_and_by_account(bounds: CallerBounds) -> None:
    anna = Caller(HERE, "anna")
    with bounds.stream(anna, "order 1"):
        assert refused(bounds, "stream", anna, "order 1") is TooManyStreams
        assert refused(bounds, "stream", Caller(HERE, "berta"), "order 1") is None
        with bounds.stream(anna, "order 2"):
            assert refused(bounds, "stream", anna, "order 3") is TooManyStreams
    assert refused(bounds, "stream", anna, "order 1") is None


def test_strangers_uploads_leave_room_for_those_who_are_known(bounds: CallerBounds) -> None:
    with bounds.upload(Caller(HERE)), bounds.upload(Caller(THERE)):
        assert refused(bounds, "upload", Caller(HERE)) is TooManyUploads
        assert refused(bounds, "upload", Caller(ELSEWHERE)) is TooManyUploads
        with bounds.upload(Caller(HERE, "anna")):
            assert refused(bounds, "upload", Caller(ELSEWHERE, "anna")) is TooManyUploads
            assert refused(bounds, "upload", Caller(ELSEWHERE, "berta")) is TooManyUploads
        assert refused(bounds, "upload", Caller(HERE, "anna")) is None


def test_a_few_sources_leave_room_for_other_strangers_and_all_of_the_rest_for_known_people() -> None:  # GW-6, F-28
    bounds, limits = CallerBounds(FrontDoorLimits(), most_requests=4, most_streams=4), FrontDoorLimits()
    few = [Caller(f"198.51.100.{number}") for number in range(4)]
    with ExitStack() as under_way:
        for caller in few * limits.uploads_per_source:
            if refused(bounds, "upload", caller) is None:
                under_way.enter_context(bounds.upload(caller))
        assert [refused(bounds, "upload", caller) for caller in few] == [TooManyUploads] * len(few)
        left = limits.strangers_uploads // 2
        for number in range(left):
            under_way.enter_context(bounds.upload(Caller(f"203.0.113.{number}")))
        assert refused(bounds, "upload", Caller("203.0.113.99")) is TooManyUploads
        for number in range(limits.uploads - limits.strangers_uploads):
            under_way.enter_context(bounds.upload(Caller(few[0].source, f"somebody {number}")))


def test_a_source_alone_has_as_many_uploads_as_one_may() -> None:  # GW-6
    bounds, limits = CallerBounds(FrontDoorLimits(), most_requests=4, most_streams=4), FrontDoorLimits()
    with ExitStack() as under_way:
        for _ in range(limits.uploads_per_source):
            under_way.enter_context(bounds.upload(Caller(HERE)))
        assert refused(bounds, "upload", Caller(HERE)) is TooManyUploads
