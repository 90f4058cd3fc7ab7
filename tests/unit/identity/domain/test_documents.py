"""Document numbers, type by type (ID-2)."""

from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_11_2

from services.identity.domain.documents import (
    HMT_REGIONS,
    Document,
    DocumentType,
    Flaw,
    Sex,
    check_character,
    parse,
    person_key_of,
)
from services.identity.errors import InvalidDocumentNumber

TODAY = date(2026, 11, 24)
BIRTHS = st.dates(date(1900, 1, 1), TODAY)
DIGITS = "0123456789"

# A published example of GB 11643-1999; its person is the standard's.
PUBLISHED = "11010519491231002X"


def digits(count: int) -> st.SearchStrategy[str]:
    return st.text(DIGITS, min_size=count, max_size=count)


def with_check(body: str) -> str:
    """With the check character as another implementation of the standard has it."""
    return body + str(mod_11_2.calc_check_digit(body))


@st.composite
def resident_numbers(draw: st.DrawFn) -> str:
    region = draw(st.sampled_from("12345678")) + draw(digits(5))
    assume(region not in HMT_REGIONS)
    return with_check(f"{region}{draw(BIRTHS):%Y%m%d}{draw(digits(3))}")


@st.composite
def residence_permit_numbers(draw: st.DrawFn) -> str:
    region = draw(st.sampled_from(sorted(HMT_REGIONS)))
    return with_check(f"{region}{draw(BIRTHS):%Y%m%d}{draw(digits(3))}")


home_return_numbers = st.one_of(
    st.builds("{}{}{}".format, st.sampled_from("HM"), digits(8), st.one_of(st.just(""), digits(2))),
    st.builds("{}A{}".format, st.sampled_from("HM"), digits(7)),
)
old_permanent_numbers = st.builds(
    "{}{}".format, st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=3), digits(12)
)
new_permanent_numbers = digits(16).map(lambda rest: with_check(f"9{rest}"))
permanent_numbers = st.one_of(old_permanent_numbers, new_permanent_numbers)

VALID = {
    DocumentType.RESIDENT_CARD: resident_numbers(),
    DocumentType.MINOR_RESIDENT_CARD: resident_numbers(),
    DocumentType.HOME_RETURN_PERMIT: home_return_numbers,
    DocumentType.TAIWAN_PERMIT: digits(8),
    DocumentType.HMT_RESIDENCE_PERMIT: residence_permit_numbers(),
    DocumentType.PERMANENT_RESIDENT_CARD: permanent_numbers,
}


@st.composite
def documents(draw: st.DrawFn) -> Document:
    document_type = draw(st.sampled_from(DocumentType))
    return Document(document_type, draw(VALID[document_type]))


def flaw_of(document_type: DocumentType, number: str) -> str:
    with pytest.raises(InvalidDocumentNumber) as refused:
        parse(document_type, number, today=TODAY)
    return refused.value.fields[0].reason


@given(documents())
def test_every_number_of_the_right_form_is_accepted(document: Document) -> None:  # ID-2
    assert parse(document.type, document.number, today=TODAY) == document


@given(documents(), st.data())
def test_any_spelling_is_the_same_number(document: Document, data: st.DataObject) -> None:  # ID-2, ID-13
    spelt = "".join(
        data.draw(
            st.sampled_from(
                (character, character.lower(), chr(ord(character) + 0xFEE0), f"{character} ", f"\u3000{character}")
            )
        )
        for character in document.number
    )
    assert parse(document.type, spelt, today=TODAY) == document
    assert person_key_of(spelt) == document.person_key


CHECKED = st.one_of(
    st.tuples(st.just(DocumentType.RESIDENT_CARD), resident_numbers()),
    st.tuples(st.just(DocumentType.MINOR_RESIDENT_CARD), resident_numbers()),
    st.tuples(st.just(DocumentType.HMT_RESIDENCE_PERMIT), residence_permit_numbers()),
    st.tuples(st.just(DocumentType.PERMANENT_RESIDENT_CARD), new_permanent_numbers),
)
"""Numbers that end in a check character, with their types."""

BIRTH_STATED = st.sampled_from(
    [
        (DocumentType.RESIDENT_CARD, "310110"),
        (DocumentType.MINOR_RESIDENT_CARD, "110105"),
        (DocumentType.HMT_RESIDENCE_PERMIT, "810000"),
    ]
)
"""Types whose numbers state a birth date, with a region."""

CARDS = frozenset({DocumentType.RESIDENT_CARD, DocumentType.MINOR_RESIDENT_CARD})


@given(CHECKED, st.integers(0, 16), st.sampled_from(DIGITS))
def test_one_wrong_digit_is_always_found(one: tuple[DocumentType, str], place: int, digit: str) -> None:  # ID-2
    document_type, number = one
    assume(number[place] != digit)
    flaw_of(document_type, number[:place] + digit + number[place + 1 :])


@given(CHECKED, st.sampled_from(DIGITS + "X"))
def test_only_one_check_character_fits(one: tuple[DocumentType, str], character: str) -> None:  # ID-2
    document_type, number = one
    assume(number[-1] != character)
    assert flaw_of(document_type, number[:-1] + character) == Flaw.CHECK_CHARACTER.value[0]


@given(CHECKED, st.integers(0, 15))
def test_two_neighbours_swapped_are_always_found(one: tuple[DocumentType, str], place: int) -> None:  # ID-2
    document_type, number = one
    assume(number[place] != number[place + 1])
    flaw_of(document_type, number[:place] + number[place + 1] + number[place] + number[place + 2 :])


@given(documents(), st.data())
def test_a_character_too_few_or_too_many_is_refused(document: Document, data: st.DataObject) -> None:  # ID-2
    number, place = document.number, data.draw(st.integers(0, len(document.number) - 1))
    near = data.draw(
        st.sampled_from((number[:place] + number[place + 1 :], number[:place] + number[place] + number[place:]))
    )
    assert flaw_of(document.type, near) == Flaw.FORM.value[0]


@given(documents(), st.data())
def test_a_character_of_the_wrong_kind_is_refused(document: Document, data: st.DataObject) -> None:  # ID-2
    number, place = document.number, data.draw(st.integers(0, len(document.number) - 1))
    is_letter = number[place].isalpha() and place < 17
    wrong = data.draw(st.sampled_from("-_.*" if is_letter else "OIL-_.*"))
    assert flaw_of(document.type, number[:place] + wrong + number[place + 1 :]) == Flaw.FORM.value[0]


@given(documents(), st.sampled_from(DocumentType))
def test_a_number_of_another_type_is_refused(document: Document, other: DocumentType) -> None:  # ID-2
    assume(other is not document.type and not {other, document.type} <= CARDS)
    assert flaw_of(other, document.number) in {Flaw.FORM.value[0], Flaw.REGION.value[0]}


@given(BIRTH_STATED, st.dates(TODAY + timedelta(days=1)), digits(3))
def test_a_birth_in_the_future_is_refused(one: tuple[DocumentType, str], born: date, order: str) -> None:  # ID-2
    document_type, region = one
    number = with_check(f"{region}{born:%Y%m%d}{order}")
    assert flaw_of(document_type, number) == Flaw.BIRTH_DATE.value[0]


@given(BIRTH_STATED, st.integers(1900, 2026), st.integers(0, 99), st.integers(0, 99), digits(3))
def test_a_birth_on_a_day_that_never_was_is_refused(
    one: tuple[DocumentType, str], year: int, month: int, day: int, order: str
) -> None:  # ID-2
    with suppress(ValueError):
        assume(date(year, month, day) > TODAY)
    document_type, region = one
    number = with_check(f"{region}{year}{month:02d}{day:02d}{order}")
    assert flaw_of(document_type, number) == Flaw.BIRTH_DATE.value[0]


@given(resident_numbers())
def test_the_card_of_a_minor_and_the_one_after_it_are_one_person(number: str) -> None:  # ID-2, ID-13
    minor = parse(DocumentType.MINOR_RESIDENT_CARD, number, today=TODAY)
    grown = parse(DocumentType.RESIDENT_CARD, number, today=TODAY)
    assert minor.person_key == grown.person_key
    assert (minor.birth_date, minor.sex) == (grown.birth_date, grown.sex)


@given(st.sampled_from("HM"), digits(8), digits(2), digits(2))
def test_however_often_a_permit_is_renewed_it_is_the_same_person(
    region: str, lifelong: str, first: str, second: str
) -> None:  # ID-2, F-16
    keys = {
        parse(DocumentType.HOME_RETURN_PERMIT, f"{region}{lifelong}{renewal}", today=TODAY).person_key
        for renewal in ("", first, second)
    }
    assert keys == {f"{region}{lifelong}"}


@given(st.sampled_from("HM"), digits(7), st.sampled_from(("", "01")))
def test_permits_of_those_who_are_not_chinese_nationals_have_nine_characters(
    region: str, rest: str, more: str
) -> None:  # ID-2
    number = f"{region}A{rest}"
    assert parse(DocumentType.HOME_RETURN_PERMIT, number, today=TODAY).person_key == number
    if more:
        assert flaw_of(DocumentType.HOME_RETURN_PERMIT, number + more) == Flaw.FORM.value[0]


@given(st.sampled_from(DocumentType), st.text(max_size=20))
def test_whatever_is_typed_is_accepted_or_refused_and_nothing_else(
    document_type: DocumentType, number: str
) -> None:  # ID-2
    with suppress(InvalidDocumentNumber):
        assert parse(document_type, number, today=TODAY).number.isascii()


@given(digits(17))
def test_check_characters_are_those_of_another_implementation(body: str) -> None:  # ID-2
    assert body + check_character(body) == with_check(body)


def test_the_published_example_has_its_check_character() -> None:  # ID-2
    document = parse(DocumentType.RESIDENT_CARD, PUBLISHED.lower(), today=TODAY)
    assert (document.birth_date, document.sex) == (date(1949, 12, 31), Sex.FEMALE)


@pytest.mark.parametrize(
    ("document_type", "number", "flaw"),
    [
        (DocumentType.RESIDENT_CARD, PUBLISHED[:-1] + "1", Flaw.CHECK_CHARACTER),
        (DocumentType.RESIDENT_CARD, with_check(f"110105{TODAY + timedelta(days=1):%Y%m%d}002"), Flaw.BIRTH_DATE),
        (DocumentType.RESIDENT_CARD, with_check("11010520230229002"), Flaw.BIRTH_DATE),
        (DocumentType.RESIDENT_CARD, with_check("11010518991231002"), Flaw.BIRTH_DATE),
        (DocumentType.RESIDENT_CARD, with_check("81000019900101001"), Flaw.REGION),
        (DocumentType.RESIDENT_CARD, "110105491231002", Flaw.FORM),
        (DocumentType.RESIDENT_CARD, "", Flaw.FORM),
        (DocumentType.HMT_RESIDENCE_PERMIT, PUBLISHED, Flaw.REGION),
        (DocumentType.HMT_RESIDENCE_PERMIT, with_check("84000019900101001"), Flaw.REGION),
        (DocumentType.HOME_RETURN_PERMIT, "H1234567", Flaw.FORM),
        (DocumentType.HOME_RETURN_PERMIT, "H123456789", Flaw.FORM),
        (DocumentType.HOME_RETURN_PERMIT, "C12345678", Flaw.FORM),
        (DocumentType.HOME_RETURN_PERMIT, "HA12345678", Flaw.FORM),
        (DocumentType.TAIWAN_PERMIT, "1234567", Flaw.FORM),
        (DocumentType.TAIWAN_PERMIT, "1234567A", Flaw.FORM),
        (DocumentType.PERMANENT_RESIDENT_CARD, "USA1234567890123", Flaw.FORM),
        (DocumentType.PERMANENT_RESIDENT_CARD, with_check("81000019900101001"), Flaw.FORM),
        (DocumentType.PERMANENT_RESIDENT_CARD, with_check("91101051990010100")[:-1] + "?", Flaw.FORM),
    ],
)
def test_a_wrong_number_is_refused_with_what_is_wrong(
    document_type: DocumentType, number: str, flaw: Flaw
) -> None:  # ID-2
    assert flaw_of(document_type, number) == flaw.value[0]


def test_abolished_region_codes_stay_valid() -> None:  # ID-2
    # 310103 was Luwan district, abolished in 2011; 110103 was Chongwen, abolished in 2010.
    for region in ("310103", "110103"):
        parse(DocumentType.RESIDENT_CARD, with_check(f"{region}19800101001"), today=TODAY)


def test_somebody_born_today_may_register() -> None:  # ID-2
    parse(DocumentType.MINOR_RESIDENT_CARD, with_check(f"310110{TODAY:%Y%m%d}001"), today=TODAY)


def test_a_renewed_permit_is_the_same_person() -> None:  # ID-2, F-16
    first = parse(DocumentType.HOME_RETURN_PERMIT, "H1234567801", today=TODAY)
    renewed = parse(DocumentType.HOME_RETURN_PERMIT, "h1234567802", today=TODAY)
    bare = parse(DocumentType.HOME_RETURN_PERMIT, "H12345678", today=TODAY)
    assert {first.person_key, renewed.person_key, bare.person_key} == {"H12345678"}


@given(documents(), documents())
def test_persons_of_different_types_never_share_a_key(one: Document, other: Document) -> None:  # ID-13
    assume(one.type != other.type and {one.type, other.type} != CARDS)
    assert one.person_key != other.person_key


@given(documents())
def test_a_masked_number_keeps_its_length_and_hides_the_birth_date(document: Document) -> None:
    assert len(document.masked) == len(document.number)
    assert document.masked.count("*") >= 4
    assert document.number not in repr(document)
