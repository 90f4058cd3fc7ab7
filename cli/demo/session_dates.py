"""Moves the demonstration session along, so that its registration window is open on whatever day it is run.

The files in deploy/catalog state the real dates of one session. A demonstration started later needs the same session in
the future: same weekdays, same half-days, same distances between the sittings. `move_along` is pure: files in, files
out.
"""

import csv
import io
from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta

from chassis.clock import SHANGHAI

SESSION_FILES = ("session.csv", "timetable.csv", "fees.csv", "questionnaire.csv")
"""The files that name a session; the rest of the catalogue stays as it is."""

WEEK = timedelta(weeks=1)
SITTINGS_AHEAD = 5 * WEEK
WINDOW_ENDS_BEFORE_SITTINGS = 2 * WEEK
PAYMENT_AFTER_WINDOW = timedelta(minutes=30)

Rows = list[dict[str, str]]


def move_along(files: Mapping[str, bytes], today: date, taken: Collection[str] = ()) -> dict[str, bytes]:
    """Shifts a session by whole weeks until its first sitting lies at least five weeks after `today`; never backwards.

    `files` holds SESSION_FILES by name; the answer holds the same names. The session is named by the month its first
    sitting falls into, the first month that no session of those `taken` has; its window is open from yesterday's
    midnight until the end of the day two weeks before that sitting, and its name and notice say that the dates are
    moved.
    Raises ValueError where the files hold no sitting or more than one session.
    """
    tables = {name: _read(content) for name, content in files.items()}
    first = min((date.fromisoformat(row["date"]) for row in tables["timetable.csv"] if row["date"]), default=None)
    sessions = {row["session_id"] for rows in tables.values() for row in rows}
    if first is None or len(sessions) != 1:
        raise ValueError("a demonstration needs the sittings of exactly one session")
    (published,) = sessions
    shift = _whole_weeks(first, today)
    while (session_id := f"{first + shift:%Y-%m}") in taken:
        shift += WEEK
    moved_first = first + shift

    for rows in tables.values():
        for row in rows:
            row["session_id"] = session_id
    for row in tables["timetable.csv"]:
        if row["date"]:
            row["date"] = (date.fromisoformat(row["date"]) + shift).isoformat()
    for row in tables["session.csv"]:
        row.update(_window(today, moved_first))
        row.update(_names(row, published, moved_first))
    return {name: _write(rows) for name, rows in tables.items()}


def _whole_weeks(first: date, today: date) -> timedelta:
    missing = (today + SITTINGS_AHEAD - first).days
    return WEEK * max(0, -(-missing // 7))


def _window(today: date, first: date) -> dict[str, str]:
    start = datetime.combine(today - timedelta(days=1), time.min, SHANGHAI)
    end = datetime.combine(first - WINDOW_ENDS_BEFORE_SITTINGS + timedelta(days=1), time.min, SHANGHAI)
    return {
        "registration_start": start.isoformat(),
        "registration_end": end.isoformat(),
        "payment_cutoff": (end + PAYMENT_AFTER_WINDOW).isoformat(),
    }


def _names(row: Mapping[str, str], published: str, first: date) -> dict[str, str]:
    note_zh = f"演示考期：日期由 {published} 考期顺延而来，不是真实考试安排。"
    note_en = f"Demonstration: the dates are moved along from session {published} and are not a real timetable."
    return {
        "display_name_zh": f"{first.year}年{first.month}月考期（演示，日期顺延）",
        "display_name_en": f"{first:%B %Y} session (demonstration, dates moved along)",
        "notice_zh": f"{note_zh}\n{row['notice_zh']}",
        "notice_en": f"{note_en}\n{row['notice_en']}",
    }


def _read(content: bytes) -> Rows:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def _write(rows: Rows) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
