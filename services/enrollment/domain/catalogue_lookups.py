"""What is read of the catalogue, by code. What is not in it raises NotFound."""

from collections.abc import Iterable
from datetime import time

from chassis.errors import NotFound, must_exist
from services.enrollment.domain.catalogue import (
    EVERYWHERE,
    Catalogue,
    Course,
    ExamSession,
    Major,
    Plan,
    Sitting,
    Text,
    TextKind,
)


def session_of(catalogue: Catalogue, session_id: str) -> ExamSession:
    """A session of the catalogue. Raises NotFound."""
    return must_exist(catalogue.sessions.get(session_id))


def majors_of(catalogue: Catalogue, school_code: str) -> Iterable[Major]:
    """All majors, or those a school hosts, by code. Raises NotFound for an unknown school."""
    if school_code and school_code not in catalogue.schools:
        raise NotFound()
    hosted = {major for school, major in catalogue.plans if school_code in ("", school)}
    wanted = hosted if school_code else catalogue.majors
    return [catalogue.majors[code] for code in sorted(wanted)]


def plan_of(catalogue: Catalogue, school_code: str, major_code: str) -> Plan:
    """A plan. Raises NotFound."""
    return must_exist(catalogue.plans.get((school_code, major_code)))


def course_of(catalogue: Catalogue, course_code: str) -> Course:
    """A course. Raises NotFound."""
    return must_exist(catalogue.courses.get(course_code))


def sittings_of(
    catalogue: Catalogue, session_id: str, school_code: str, major_code: str, day: str
) -> Iterable[Sitting]:
    """A session's sittings by time and course, narrowed as asked. Raises NotFound."""
    session_of(catalogue, session_id)
    codes = plan_of(catalogue, school_code, major_code).courses if major_code else catalogue.courses
    found = [
        sitting
        for sitting in catalogue.sittings_of(session_id)
        if sitting.course_code in codes
        and (not school_code or sitting is catalogue.sitting(session_id, school_code, sitting.course_code))
        and (not day or (sitting.day is not None and sitting.day.isoformat() == day))
    ]
    return sorted(found, key=_by_time)


def _by_time(sitting: Sitting) -> tuple[str, time, str, str]:
    day = sitting.day.isoformat() if sitting.day else ""
    return day, sitting.starts or time.min, sitting.course_code, sitting.school_code


def text_of(catalogue: Catalogue, kind: TextKind, scope: str, version: str) -> Text:
    """The newest version of a text, or the version named. Raises NotFound."""
    versions = catalogue.texts.get((kind, scope)) or catalogue.texts.get((kind, EVERYWHERE), ())
    wanted = [each for each in versions if version in ("", str(each.version))]
    if not wanted:
        raise NotFound()
    return wanted[-1]
