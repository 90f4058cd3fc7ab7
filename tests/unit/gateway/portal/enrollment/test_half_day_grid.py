"""The grid of half-days that a candidate selects from (EN-5, EN-12)."""

from zikao.common.v1 import half_day_pb2
from zikao.enrollment.v1 import catalogue_pb2, resources_pb2

from gateway.portal.enrollment.half_day_grid import half_days

HERE, THERE = "019a0000-0000-7000-8000-000000000001", "019a0000-0000-7000-8000-000000000002"
MORNING = half_day_pb2.HalfDay(date="2027-01-02", period=half_day_pb2.AM)


def sitting(course: str) -> catalogue_pb2.Sitting:
    return catalogue_pb2.Sitting(course_code=course, course_name=f"课程 {course}", half_day=MORNING)


def selection(course: str, registration: str, state: resources_pb2.Selection.State) -> resources_pb2.Selection:
    return resources_pb2.Selection(
        course_code=course, registration_id=registration, sitting=sitting(course), state=state
    )


def grid(*selections: resources_pb2.Selection):
    plan = catalogue_pb2.Plan()
    for course in ("00001", "00002"):
        plan.courses.add().course.course_code = course
    registration = resources_pb2.Registration(registration_id=HERE)
    return half_days(plan, [sitting("00001"), sitting("00002")], selections, registration)


def test_a_free_half_day_offers_all_its_courses() -> None:
    [slot] = grid()
    assert (slot.date, slot.period, slot.taken, slot.elsewhere) == ("2027-01-02", "AM", None, None)
    assert [choice.sitting.course_code for choice in slot.choices] == ["00001", "00002"]


def test_the_course_that_takes_it_is_marked_among_them() -> None:
    own = selection("00002", HERE, resources_pb2.Selection.DRAFT)
    [slot] = grid(own)
    assert [choice.selection for choice in slot.choices] == [None, own]
    assert (slot.taken, slot.elsewhere) == (own, None)


def test_a_course_of_another_registration_takes_it_too_and_is_named() -> None:  # ID-13
    other = selection("00009", THERE, resources_pb2.Selection.EFFECTIVE)
    [slot] = grid(other)
    assert (slot.taken, slot.elsewhere) == (other, other)


def test_what_has_ended_takes_nothing() -> None:
    [slot] = grid(selection("00001", HERE, resources_pb2.Selection.VOID))
    assert (slot.taken, slot.choices[0].selection) == (None, None)
