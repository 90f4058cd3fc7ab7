"""The half-days that a candidate selects from (EN-5, EN-12, EN-16)."""

from datetime import UTC, datetime

from zikao.common.v1 import half_day_pb2
from zikao.enrollment.v1 import catalogue_pb2, resources_pb2

from gateway.portal.enrollment.half_day_grid import Timetable, timetable

Offer, Selection = resources_pb2.CourseOffer, resources_pb2.Selection
MORNING = half_day_pb2.HalfDay(date="2027-01-02", period=half_day_pb2.AM)
AFTERNOON = half_day_pb2.HalfDay(date="2027-01-02", period=half_day_pb2.PM)


def sitting(starts: int, ends: int) -> catalogue_pb2.Sitting:
    """A sitting on 2 January, from and to an hour in Shanghai."""
    start, end = (datetime(2027, 1, 2, hour - 8, tzinfo=UTC) for hour in (starts, ends))
    return catalogue_pb2.Sitting(half_day=MORNING if starts < 12 else AFTERNOON, start_time=start, end_time=end)


def offer(code: str, state: Offer.State, at: catalogue_pb2.Sitting | None, selection_id: str = "") -> Offer:
    return Offer(course=catalogue_pb2.Course(course_code=code), state=state, sitting=at, selection_id=selection_id)


def selection(selection_id: str, at: catalogue_pb2.Sitting | None, state: Selection.State, **fields: bool) -> Selection:
    return Selection(selection_id=selection_id, sitting=at, state=state, **fields)


def codes(shown: Timetable) -> list[list[str]]:
    return [[one.offer.course.course_code for one in slot.courses] for slot in shown.half_days]


def test_half_days_come_in_order_with_what_can_be_had_first() -> None:  # EN-16
    shown = timetable(
        [
            offer("00003", Offer.SELECTABLE, sitting(14, 16)),
            offer("00001", Offer.PASSED, sitting(9, 11)),
            offer("00002", Offer.SELECTABLE, sitting(9, 12)),
        ],
        [],
    )
    assert codes(shown) == [["00002", "00001"], ["00003"]]
    morning = shown.half_days[0]
    assert (morning.date, morning.period, morning.weekday) == ("2027-01-02", "AM", 5)
    assert (morning.starts.start_time.ToDatetime().hour, morning.ends.end_time.ToDatetime().hour) == (1, 4)
    assert morning.free


def test_what_has_no_time_yet_or_is_not_examined_stands_apart() -> None:  # EN-16, EN-6
    shown = timetable(
        [
            offer("10196", Offer.SELECTABLE, None),
            offer("00001", Offer.NOT_EXAMINED, None),
            offer("00002", Offer.PASSED, None),
        ],
        [],
    )
    assert shown.half_days == []
    assert [one.offer.course.course_code for one in shown.undated] == ["10196"]
    assert [one.offer.course.course_code for one in shown.unexamined] == ["00001"]


def test_a_selection_that_may_be_taken_back_gives_way_to_another() -> None:  # EN-12
    for removable in (True, False):
        held = selection("s-1", sitting(9, 11), Selection.DRAFT, removable=removable)
        own, other = (
            offer("00001", Offer.SELECTED, sitting(9, 11), "s-1"),
            offer("00002", Offer.TIME_TAKEN, sitting(9, 11), "s-1"),
        )
        [slot] = timetable([own, other], [held]).half_days
        assert [one.own for one in slot.courses] == [held, None]
        assert slot.courses[1].rival == (held if removable else None)
        assert (slot.elsewhere, slot.free) == ([], False)


def test_two_practice_courses_side_by_side_share_a_half_day() -> None:  # EN-16, EN-5
    held = selection("s-1", sitting(8, 10), Selection.AWAITING_SCHOOL)
    offers = [
        offer("13207", Offer.SELECTED, sitting(8, 10), "s-1"),
        offer("13205", Offer.SELECTABLE, sitting(10, 12)),
    ]
    [slot] = timetable(offers, [held]).half_days
    assert [one.offer.state for one in slot.courses] == [Offer.SELECTED, Offer.SELECTABLE]


def test_a_selection_of_another_registration_is_named_where_its_time_is() -> None:  # ID-13
    other = selection("s-9", sitting(9, 11), Selection.EFFECTIVE)
    [slot] = timetable([offer("00001", Offer.TIME_TAKEN, sitting(9, 11), "s-9")], [other]).half_days
    assert slot.elsewhere == [other]
    [alone] = timetable([], [other]).half_days
    assert (alone.elsewhere, alone.starts) == ([other], other.sitting)


def test_what_has_ended_takes_nothing() -> None:
    ended = selection("s-1", sitting(9, 11), Selection.VOID)
    [slot] = timetable([offer("00001", Offer.SELECTABLE, sitting(9, 11))], [ended]).half_days
    assert slot.selections == []


def test_the_half_day_in_question_is_open_else_the_first_that_is_free() -> None:  # EN-16
    held = selection("s-1", sitting(9, 11), Selection.DRAFT)
    shown = timetable(
        [offer("00001", Offer.SELECTED, sitting(9, 11), "s-1"), offer("00002", Offer.SELECTABLE, sitting(14, 16))],
        [held],
    )
    morning, afternoon = shown.half_days
    assert shown.opened("") is afternoon
    assert shown.opened("00001") is morning
    assert timetable([], []).opened("") is None
