"""A file of enrolled candidates is looked through as a whole before any of it is sent (EN-20, F-20, F-21)."""

import io

import pytest

from chassis.imports.enrolled_batches import Tally, import_batch
from chassis.imports.enrolled_file import ENCODING, Line, LineFault, Unreadable, lines_in
from chassis.imports.enrolled_survey import survey

HEADER = "document_type,document_number,display_name,school_code,phone,major_code,ticket_number,passed_course_codes"
ONE = "RESIDENT_CARD,310101199001011250,测试甲,10269,13800130742,050101,995372828157,00037 15040"


def lines(*rows: str, header: str = HEADER) -> list[Line]:
    content = "\r\n".join((header, *rows, "")).encode()
    return list(lines_in(io.TextIOWrapper(io.BytesIO(content), encoding=ENCODING, newline="")))


def contradictions(*rows: str) -> dict[int, tuple[str, str]]:
    return {number: (fault.column, fault.en) for number, fault in survey(lines(*rows)).faults.items()}


@pytest.mark.parametrize("row", [ONE.replace("00037 15040", "00037,15040,15043"), ONE.removesuffix(",00037 15040")])
def test_a_line_of_another_shape_than_the_header_is_named_and_never_cut(row: str) -> None:  # F-20
    first, second = lines(row, ONE.replace("1250,", "1269,"))
    assert (first.fault.reason, first.fault.line, set(first.cells.values())) == ("ROW_SHAPE", 2, {""})
    assert second.fault is None


async def test_a_misshapen_line_is_sent_nowhere() -> None:  # F-20
    (misshapen,) = lines(f"{ONE},more")
    assert await import_batch([misshapen], None) == Tally(lines=1, faults=(misshapen.fault,))


def test_what_spreadsheets_add_is_no_fault() -> None:  # F-20
    padded = f"{HEADER.replace('phone', ' phone ')},,"
    (line,) = lines(f"{ONE},,", ",,,,,,,,,", "", header=padded)
    assert line.fault is None
    assert line.cells["phone"] == "13800130742"


@pytest.mark.parametrize("between", [" ", ",", "、", " | ", ";", "\n"])
def test_codes_in_one_cell_are_read_whatever_stands_between_them(between: str) -> None:  # F-20
    (line,) = lines(ONE.replace("00037 15040", f'"00037{between}15040"'))
    assert line.passed_course_codes == ["00037", "15040"]


def test_a_column_twice_is_no_header() -> None:  # F-20
    with pytest.raises(Unreadable, match="twice or nameless: phone"):
        lines(f"{ONE},1", header=f"{HEADER},phone")


@pytest.mark.parametrize(
    ("changed", "column", "said"),
    [
        (ONE.replace("8157", "8158"), "ticket_number", "one person, two tickets"),
        (ONE.replace("1250,", "1269,"), "ticket_number", "one ticket, two registrations"),
        (ONE.replace("测试甲", "测试乙"), "display_name", "one person, two names"),
        (ONE.replace("0742", "0743"), "phone", "one person, two phones"),
    ],
)
def test_two_lines_that_contradict_each_other_are_both_named(changed: str, column: str, said: str) -> None:  # F-20
    other = ONE.replace("310101199001011250", "310101199001011277").replace("8157", "8159")
    assert contradictions(ONE, other, changed) == {
        2: (column, f"It contradicts line 4: {said}."),
        4: (column, f"It contradicts line 2: {said}."),
    }


def test_a_line_again_and_a_second_school_are_no_contradiction() -> None:  # ID-13
    elsewhere = ONE.replace("10269", "10272").replace("8157", "8158").replace(",13800130742,", ",,")
    assert contradictions(ONE, ONE, elsewhere, ONE.replace("310101199001011250", " 310101199001011250 ")) == {}


def test_contradicting_lines_are_marked_for_whoever_sends_them() -> None:  # F-20
    file = lines(ONE, ONE.replace("8157", "8158"))
    assert [isinstance(line.fault, LineFault) for line in survey(file).marked(file)] == [True, True]


def numbered(numbers: list[str]) -> list[Line]:
    return lines(*(ONE.replace("310101199001011250", each).replace("8157", each[-7:-3]) for each in numbers))


def test_numbers_that_a_spreadsheet_rounded_make_the_whole_file_suspect() -> None:  # F-21
    rounded = [f"3101011990{number:05d}000" for number in range(40)]
    with pytest.raises(Unreadable, match="40 document numbers that end in 000"):
        survey(numbered(rounded))


def test_a_few_numbers_that_end_so_by_chance_do_not() -> None:  # F-21
    plain = [f"3101011990{number:05d}001" for number in range(60)]
    assert survey(numbered([*plain, "310101199099999000", "310101199099998000"])).count == 62


@pytest.mark.parametrize("column", [("310101199001011250", "3.10101E+17"), ("995372828157", "9.95373E+11")])
def test_a_number_in_scientific_notation_has_lost_its_digits(column: tuple[str, str]) -> None:  # F-21
    with pytest.raises(Unreadable, match="scientific notation in line 2"):
        survey(lines(ONE.replace(*column)))


@pytest.mark.parametrize(
    ("encoding", "said"), [("gbk", "seems to be GBK"), ("utf-16", "is UTF-16"), ("latin-1", "is not UTF-8")]
)
def test_another_encoding_is_named_with_advice(encoding: str, said: str) -> None:  # F-21
    name = "é" * 9 if encoding == "latin-1" else "测试甲"
    content = f"{HEADER}\n{ONE.replace('测试甲', name)}\n".encode(encoding)
    with pytest.raises(Unreadable, match=rf"{said}.*save it as “CSV UTF-8”"):
        list(lines_in(io.TextIOWrapper(io.BytesIO(content), encoding=ENCODING, newline="")))
