"""CSV files that operators import: catalogues and enrolled candidates (EN-1, OP-1, F-20)."""

import io
from contextlib import suppress
from typing import Final

from chassis.imports.enrolled_file import ENCODING, Unreadable, lines_in
from services.enrollment.domain.imports.file_formats import SPECS
from services.enrollment.domain.imports.file_rows import CatalogueFile, read_file
from services.enrollment.domain.imports.problems import Problem

INSTRUMENTED: Final = ("services.enrollment.domain.imports", "chassis.imports", "csv")

NAMES: Final = tuple(SPECS)
SEEDS: Final = (
    b"\0school_code,name\r\n10246,\xe5\xa4\x8d\xe6\x97\xa6\r\n",
    b"\x02course_code,name,credits,exam_method,kind,paired_theory_code,prerequisite_rule,retired,fee_item\n"
    b"00037,x,6,,THEORY,,,TRUE,theory_course\n,,,,,,,,\n",
    b"\xffdocument_type,document_number,display_name,school_code,phone\n"
    b'RESIDENT_CARD,"310110199001010000",\xe7\x8e\x8b,10246,+86 138-0013-0742\n',
)


def run(data: bytes) -> None:
    """Every line is read or named."""
    choice, content = data[0] if data else 0, data[1:]
    if choice >= len(NAMES):
        _enrolled(content)
        return
    problems: list[Problem] = []
    read_file(SPECS[NAMES[choice]], CatalogueFile(NAMES[choice], content), problems)
    assert all(found.expected.zh and found.expected.en for found in problems)


def _enrolled(content: bytes) -> None:
    lines = lines_in(io.TextIOWrapper(io.BytesIO(content), ENCODING, newline=""))
    with suppress(Unreadable):
        assert all(line.number > 0 for line in lines)
