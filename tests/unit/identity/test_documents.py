"""Document numbers, type by type (ID-2)."""

from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

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
    return body + check_character(body)


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
permanent_numbers = st.one_of(
    st.builds("{}{}".format, st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=3), digits(12)),
    digits(16).map(lambda rest: with_check(f"9{rest}")),
)

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


@given(resident_numbers(), st.integers(0, 16), st.sampled_from(DIGITS))
def test_one_wrong_digit_is_always_found(number: str, place: int, digit: str) -> None:  # ID-2
    assume(number[place] != digit)
    wrong = number[:place] + digit + number[place + 1 :]
    with pytest.raises(InvalidDocumentNumber):
        parse(DocumentType.RESIDENT_CARD, wrong, today=TODAY)


@given(resident_numbers(), st.integers(0, 15))
def test_two_neighbours_swapped_are_always_found(number: str, place: int) -> None:  # ID-2
    assume(number[place] != number[place + 1])
    wrong = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    with pytest.raises(InvalidDocumentNumber):
        parse(DocumentType.RESIDENT_CARD, wrong, today=TODAY)


@given(st.sampled_from(DocumentType), st.text(max_size=20))
def test_whatever_is_typed_is_accepted_or_refused_and_nothing_else(
    document_type: DocumentType, number: str
) -> None:  # ID-2
    with suppress(InvalidDocumentNumber):
        assert parse(document_type, number, today=TODAY).number.isascii()


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
    cards = {DocumentType.RESIDENT_CARD, DocumentType.MINOR_RESIDENT_CARD}
    assume(one.type != other.type and {one.type, other.type} != cards)
    assert one.person_key != other.person_key


@given(documents())
def test_a_masked_number_keeps_its_length_and_hides_the_birth_date(document: Document) -> None:
    assert len(document.masked) == len(document.number)
    assert document.masked.count("*") >= 4
    assert document.number not in repr(document)
