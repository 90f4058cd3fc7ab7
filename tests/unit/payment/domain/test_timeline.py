"""The money timeline as it is read (PA-11)."""

from datetime import timedelta

from services.payment.domain.timeline import EventKind, Source, TimelineEntry, TimelineEvent, fold
from tests.unit.payment.invented_orders import NOW

ASKED = TimelineEvent(EventKind.QUERIED, Source.OPEN_PAGE, "NOT_PAID", 1)
PAID = TimelineEvent(EventKind.STATE_CHANGED, Source.PROVIDER, "PAID", 1, 7000)


def at(event: TimelineEvent, seconds: int) -> TimelineEntry:
    time = NOW + timedelta(seconds=seconds)
    return TimelineEntry(event, time, time)


def test_a_run_of_the_same_question_reads_as_one_line():  # PA-11
    lines = fold([at(ASKED, 0), at(ASKED, 4), at(ASKED, 8), at(PAID, 9)])
    assert [(line.event, line.count) for line in lines] == [(ASKED, 3), (PAID, 1)]
    assert lines[0].time == NOW
    assert lines[0].last_time == NOW + timedelta(seconds=8)


def test_what_differs_or_is_interrupted_is_not_folded():  # PA-11
    other = TimelineEvent(EventKind.QUERIED, Source.SWEEP, "NOT_PAID", 1)
    assert [line.count for line in fold([at(ASKED, 0), at(other, 1), at(ASKED, 2)])] == [1, 1, 1]
