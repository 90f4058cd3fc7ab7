"""What a process knows of ended login sessions (F-32)."""

from datetime import timedelta

import pytest

from chassis.clock import ManualClock
from chassis.security.revocations import CLEARED_FROM, SILENCE, Revocation, Revocations, digest_of

TTL = timedelta(minutes=15)


@pytest.fixture
def revocations(clock: ManualClock) -> Revocations:
    return Revocations(clock)


def revocation(login_session_id: str, clock: ManualClock, lasts: timedelta = TTL) -> Revocation:
    return Revocation(digest_of(login_session_id), clock.now() + lasts)


def test_what_was_heard_of_has_ended_and_nothing_else_has(revocations: Revocations, clock: ManualClock) -> None:  # F-32
    assert not revocations.has_ended("s-1")
    revocations.hear([revocation("s-1", clock)])
    assert revocations.has_ended("s-1")
    assert not revocations.has_ended("s-2")


def test_only_who_follows_and_hears_nothing_does_not_know(revocations: Revocations, clock: ManualClock) -> None:  # F-32
    assert not revocations.unknown
    revocations.follow()
    assert revocations.unknown
    revocations.hear()
    clock.advance(SILENCE)
    assert not revocations.unknown
    clock.advance(timedelta(milliseconds=1))
    assert revocations.unknown
    revocations.hear()
    assert not revocations.unknown


def test_who_has_just_begun_to_follow_waits_for_the_first_word_ten_seconds_at_most(
    revocations: Revocations, clock: ManualClock
) -> None:  # F-32, GW-7
    assert not revocations.starting
    revocations.follow()
    clock.advance(SILENCE)
    revocations.follow()
    assert revocations.starting
    clock.advance(timedelta(milliseconds=1))
    assert not revocations.starting
    another = Revocations(clock)
    another.follow()
    another.hear()
    assert not another.starting


def test_readers_are_told_each_once(revocations: Revocations, clock: ManualClock) -> None:  # F-32
    first, second = revocation("s-1", clock), revocation("s-2", clock)
    revocations.hear([first])
    with revocations.news() as reader:
        revocations.hear([first, second])
        assert reader.get_nowait() == [second]
        assert reader.empty()


def test_who_comes_again_is_told_from_where_they_were(revocations: Revocations, clock: ManualClock) -> None:  # F-32
    early, late = revocation("s-1", clock), revocation("s-2", clock, TTL + timedelta(seconds=1))
    revocations.hear([late])
    revocations.hear([early])
    assert revocations.heard_until == late.expire_time
    assert revocations.since(early.expire_time) == [late]
    assert set(revocations.since(None)) == {early, late}


def test_a_stream_is_ended_with_its_login_session_and_with_no_other(
    revocations: Revocations, clock: ManualClock
) -> None:  # F-32
    ended: list[str] = []
    with revocations.ending("s-1", lambda: ended.append("s-1")), revocations.ending("s-2", lambda: ended.append("s-2")):
        revocations.hear([revocation("s-1", clock)])
        assert ended == ["s-1"]
    revocations.hear([revocation("s-2", clock)])
    assert ended == ["s-1"], "the stream was over"


def test_no_more_is_kept_than_tokens_that_may_be_valid(revocations: Revocations, clock: ManualClock) -> None:  # F-32
    for _ in range(4):
        revocations.hear([revocation(f"s-{n} at {clock.now()}", clock) for n in range(CLEARED_FROM)])
        clock.advance(TTL)
    assert len(revocations.since(None)) <= 2 * CLEARED_FROM
