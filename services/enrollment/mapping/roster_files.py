"""Rosters as files: CSV for anything, XLSX for spreadsheet programs; written row by row."""

import csv
import io
from collections.abc import Iterable
from typing import Final, Protocol

from openpyxl import Workbook

from chassis.clock import SHANGHAI
from chassis.spreadsheet_cells import inert_row
from services.enrollment.domain.catalogue import Catalogue
from services.enrollment.domain.rosters import RosterRow

COLUMNS: Final = (
    "ticket_number",
    "course_code",
    "course_name",
    "date",
    "start",
    "end",
    "school_code",
    "school_name",
    "major_code",
    "district_code",
    "district_name",
)
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"

Cells = tuple[str, ...]


class Sheet(Protocol):
    """A file that is being written."""

    def add(self, rows: Iterable[Cells]) -> bytes:
        """Writes rows; the answer is what the file has grown by, which may be nothing yet."""
        ...

    def finish(self) -> bytes:
        """The rest of the file."""
        ...


class CsvSheet:
    """CSV in UTF-8 with a byte order mark, which spreadsheet programs need for Chinese."""

    def __init__(self) -> None:
        self._text = io.StringIO(newline="")
        self._writer = csv.writer(self._text, lineterminator="\r\n")
        self._writer.writerow(COLUMNS)
        self._begun = False

    def add(self, rows: Iterable[Cells]) -> bytes:
        """Writes rows; the answer is what the file has grown by."""
        self._writer.writerows(map(inert_row, rows))
        content = self._text.getvalue().encode()
        self._text.seek(0)
        self._text.truncate()
        begun, self._begun = self._begun, True
        return content if begun else BYTE_ORDER_MARK + content

    def finish(self) -> bytes:
        """What has not been given out: the header of an empty file."""
        return self.add(())


class XlsxSheet:
    """XLSX; the file exists once it is finished."""

    def __init__(self) -> None:
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet("roster")
        self._sheet.append(COLUMNS)

    def add(self, rows: Iterable[Cells]) -> bytes:
        """Writes rows; nothing of the file can be given out yet."""
        for row in rows:
            self._sheet.append(inert_row(row))
        return b""

    def finish(self) -> bytes:
        """The whole file."""
        content = io.BytesIO()
        self._book.save(content)
        return content.getvalue()


def cells(catalogue: Catalogue, row: RosterRow) -> Cells:
    """A row of a roster, in the order of COLUMNS; times are Shanghai's."""
    course, school = catalogue.courses.get(row.course_code), catalogue.schools.get(row.school_code)
    district = catalogue.districts.get(row.district_code)
    starts = row.occupies.start.astimezone(SHANGHAI) if row.occupies else None
    sitting = catalogue.sitting(row.session_id, row.school_code, row.course_code)
    start, end = (sitting.starts, sitting.ends) if sitting and starts else (None, None)
    return (
        row.ticket_number,
        row.course_code,
        course.name if course else "",
        starts.date().isoformat() if starts else "",
        start.isoformat("minutes") if start else "",
        end.isoformat("minutes") if end else "",
        row.school_code,
        school.name if school else "",
        row.major_code,
        row.district_code,
        district.name if district else "",
    )
