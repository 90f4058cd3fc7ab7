"""What no import moves: times that somebody counts on, and windows that are over."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.enrollment.domain.imports.catalogue_draft import CatalogueDraft
from services.enrollment.domain.imports.file_formats import Key, Row, Tables
from services.enrollment.domain.imports.problems import Expected, Problem, problem

WINDOW = ("registration_start", "registration_end", "payment_cutoff")


@dataclass(frozen=True, slots=True)
class Immovable:
    """What may not move: the sittings of (session, course) pairs that somebody has selected, and the windows of
    sessions that were closed or cancelled.
    """

    sittings: frozenset[tuple[str, str]] = frozenset()
    sessions: frozenset[str] = frozenset()


def moved(draft: CatalogueDraft, present: Tables, immovable: Immovable) -> list[Problem]:
    """What the files would move of it."""
    return _sittings_moved(draft, present, immovable) + _windows_moved(draft, present, immovable)


def _sittings_moved(draft: CatalogueDraft, present: Tables, immovable: Immovable) -> list[Problem]:
    """EN-6: a time that somebody counts on is changed one by one, with everyone affected re-checked; never by a
    file.
    """
    expected = Expected(
        "已有考生选报，时间不得由导入更改", "a time that nobody has selected yet; set it one by one instead"
    )
    before, after = _by_course(present.get("sittings", {}), immovable), _by_course(draft.tables["sittings"], immovable)
    found = []
    for pair in sorted(before.keys() | after.keys()):
        if before.get(pair) != after.get(pair):
            lines = [(line.number, line.file) for entry, line in draft.lines.items() if _is_sitting(entry, pair)]
            number, file = min(lines, default=(0, "timetable.csv"))
            found.append(problem(file, number, "date", pair[1], expected))
    return found


def _by_course(sittings: Mapping[Key, Row], immovable: Immovable) -> dict[tuple[str, str], dict[Key, Row]]:
    grouped: dict[tuple[str, str], dict[Key, Row]] = {}
    for key, row in sittings.items():
        pair = (str(row["session_id"]), str(row["course_code"]))
        if pair in immovable.sittings:
            grouped.setdefault(pair, {})[key] = row
    return grouped


def _is_sitting(entry: tuple[str, Key], pair: tuple[str, str]) -> bool:
    table, key = entry
    return table == "sittings" and (key[0], key[2]) == pair


def _windows_moved(draft: CatalogueDraft, present: Tables, immovable: Immovable) -> list[Problem]:
    """F-15: what was closed or cancelled stays so; a window moved by a file would be taken and open nothing."""
    expected = Expected("考期已结束或已取消，报名时间不再更改", "the window as it was: this session has ended")
    found = []
    for session_id in sorted(immovable.sessions):
        before, after = present["exam_sessions"][session_id,], draft.tables["exam_sessions"][session_id,]
        if column := next(_differing(before, after), None):
            line = draft.lines["exam_sessions", (session_id,)]
            found.append(problem(line.file, line.number, column, str(after[column]), expected))
    return found


def _differing(before: Row, after: Row) -> Iterator[str]:
    return (column for column in WINDOW if before[column] != after[column])
