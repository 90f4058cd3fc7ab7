"""Opening, extending and closing a window (F-15, EN-8)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chassis.errors import InvalidRequest, StaleEtag
from services.enrollment.domain.catalogue import SessionState
from services.enrollment.domain.selections import SelectionState
from services.enrollment.domain.window_operations import (
    NoticeKind,
    closed,
    due_reminder,
    extended,
    moved_end,
    must_match,
    opened,
)
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


def test_a_reminder_is_due_a_day_and_two_hours_before_the_end_and_each_is_one(session) -> None:  # EN-19
    end = session.registration_end
    window = replace(session, registration_start=end - 30 * HOUR)
    second = timedelta(seconds=1)
    assert due_reminder(window, end - 24 * HOUR - second) is None
    day, still = due_reminder(window, end - 24 * HOUR), due_reminder(window, end - 2 * HOUR - second)
    last = due_reminder(window, end - 2 * HOUR)
    assert day == still != last
    assert day is not None
    assert (day.about, day.end_time) == (NoticeKind.SELECTIONS_UNPAID, end)
    assert due_reminder(window, end) is None


def test_a_window_has_no_reminder_that_would_come_as_it_opens_or_before(session) -> None:  # EN-19
    end = session.registration_end
    short = replace(session, registration_start=end - 2 * HOUR)
    assert due_reminder(short, end - HOUR) is None


def test_a_moved_end_has_a_reminder_of_its_own_and_an_ended_session_none(session) -> None:  # EN-19
    end = session.registration_end
    window = replace(session, registration_start=end - 30 * HOUR)
    longer = replace(window, registration_end=end + 3 * HOUR)
    assert due_reminder(window, end - HOUR) != due_reminder(longer, end + 2 * HOUR)
    assert due_reminder(replace(window, close_time=end - 2 * HOUR), end - HOUR) is None
    assert due_reminder(replace(window, cancel_time=end - 2 * HOUR), end - HOUR) is None


def test_who_is_reminded_has_something_that_would_end_and_who_hears_of_a_moved_end_anything(session) -> None:  # EN-19
    window = replace(session, registration_start=session.registration_end - 30 * HOUR)
    reminder = due_reminder(window, session.registration_end - HOUR)
    assert reminder is not None
    paid = {SelectionState.EFFECTIVE, SelectionState.RESERVED, SelectionState.VOID}
    assert reminder.audience == frozenset(SelectionState) - paid
    assert moved_end("s", session.registration_end).audience == frozenset(SelectionState) - {SelectionState.VOID}
