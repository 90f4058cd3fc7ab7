"""Passwords (ID-3, ID-4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain.authentication.password_rules import (
    CANDIDATE,
    STAFF,
    initial_password,
    is_initial_password,
    require_form,
    require_not_initial,
)
from services.identity.domain.documents import Document, DocumentType
from services.identity.errors import WeakPassword

VISIBLE = st.characters(min_codepoint=0x21, max_codepoint=0x7E)


@given(st.text(VISIBLE, min_size=6, max_size=16))
def test_six_to_sixteen_visible_characters_are_a_password(password: str) -> None:  # ID-4
    require_form(password, CANDIDATE, field="password")


@given(st.text(VISIBLE, min_size=12, max_size=128))
def test_twelve_to_128_visible_characters_are_a_password_of_staff(password: str) -> None:  # ID-18
    require_form(password, STAFF, field="password")


@pytest.mark.parametrize("password", ["", "x" * 11, "x" * 129, "pass word of staff"])
def test_anything_else_is_none_of_staff(password: str) -> None:  # ID-18
    with pytest.raises(WeakPassword):
        require_form(password, STAFF, field="new_password")


@pytest.mark.parametrize("password", ["", "12345", "x" * 17, "pass word", "密码密码密码", "secret\n", "秘" + "x" * 6])
def test_anything_else_is_not(password: str) -> None:  # ID-4
    with pytest.raises(WeakPassword) as refused:
        require_form(password, CANDIDATE, field="new_password")
    assert refused.value.fields[0].field == "new_password"


def test_a_change_must_be_one() -> None:  # ID-4
    with pytest.raises(WeakPassword):
        require_form("secret1", CANDIDATE, field="new_password", old="secret1")


@pytest.mark.parametrize("password", ["31002x", "31002X"])
def test_the_old_one_in_another_spelling_is_no_change(password: str) -> None:  # ID-22
    with pytest.raises(WeakPassword):
        require_form(password, CANDIDATE, field="new_password", old="31002X")


@pytest.mark.parametrize("password", ["31002x", "31002X", "３１００２Ｘ", " 31002x"])
def test_the_initial_one_is_refused_in_any_spelling(password: str) -> None:  # ID-22
    with pytest.raises(WeakPassword) as refused:
        require_not_initial(password, Document(DocumentType.RESIDENT_CARD, "11010519491231002X"), field="password")
    assert refused.value.fields[0].reason == "PASSWORD_INITIAL"


@pytest.mark.parametrize(
    ("document", "password"),
    [
        (Document(DocumentType.RESIDENT_CARD, "11010519491231002X"), "31002X"),
        (Document(DocumentType.TAIWAN_PERMIT, "12345678"), "345678"),
        (Document(DocumentType.HOME_RETURN_PERMIT, "H1234567801"), "567801"),
        (Document(DocumentType.TAIWAN_PERMIT, "1234"), "001234"),
    ],
)
def test_the_initial_password_is_the_end_of_the_document_number(document: Document, password: str) -> None:  # ID-3
    assert initial_password(document) == password
    assert is_initial_password(document, password.lower())
    assert not is_initial_password(document, password[1:])
    assert not is_initial_password(document, "")
