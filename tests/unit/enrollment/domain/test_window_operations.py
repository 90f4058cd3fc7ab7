"""Opening, extending and closing a window (F-15, EN-8)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chassis.errors import InvalidRequest, StaleEtag
from services.enrollment.domain.catalogue import SessionState
from services.enrollment.domain.window_operations import closed, extended, must_match, opened
from services.enrollment.errors import SessionEnded, WindowStillOpen

HOUR = timedelta(hours=1)


def test_an_operator_opens_the_window_early(session) -> None:
    early = session.registration_start - HOUR
    assert opened(session, early).state(early) is SessionState.OPEN


def test_opening_an_open_window_changes_nothing(session, now) -> None:
    assert opened(session, now) is session


def test_a_window_that_is_over_is_not_opened(session) -> None:
    with pytest.raises(SessionEnded):
        opened(session, session.registration_end)


def test_an_extended_window_keeps_the_distance_of_its_payment_cutoff(session, now) -> None:
    longer = extended(session, session.registration_end + HOUR, None, now)
    assert longer.payment_cutoff == session.payment_cutoff + HOUR


def test_extending_to_the_same_instants_changes_nothing(session, now) -> None:
    assert extended(session, session.registration_end, None, now) is session


def test_a_window_is_never_shortened(session, now) -> None:
    with pytest.raises(InvalidRequest):
        extended(session, session.registration_end - HOUR, None, now)


def test_the_payment_cutoff_is_never_before_the_end(session, now) -> None:
    with pytest.raises(InvalidRequest):
        extended(session, session.registration_end + 9 * HOUR, session.payment_cutoff, now)


def test_registration_closes_at_its_published_second_and_not_before(session) -> None:  # EN-8, F-15
    with pytest.raises(WindowStillOpen):
        closed(session, session.registration_end - timedelta(microseconds=1))
    assert closed(session, session.registration_end).close_time == session.registration_end


def test_closing_twice_keeps_the_first_time(session) -> None:  # EN-8
    once = closed(session, session.registration_end)
    assert closed(once, session.registration_end + HOUR) is once


def test_a_closed_registration_is_not_extended(session, now) -> None:
    done = replace(session, close_time=session.registration_end)
    with pytest.raises(SessionEnded):
        extended(done, session.registration_end + HOUR, None, now)


def test_a_stale_etag_is_refused_and_an_empty_one_skips_the_check(session) -> None:
    must_match(session, session.etag)
    must_match(session, "")
    with pytest.raises(StaleEtag):
        must_match(session, "s0")
