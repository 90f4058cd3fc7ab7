"""Passwords (ID-3, ID-4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain.authentication.password_rules import (
    initial_password,
    is_initial_password,
    require_password,
)
from services.identity.domain.documents import Document, DocumentType
from services.identity.errors import WeakPassword

VISIBLE = st.characters(min_codepoint=0x21, max_codepoint=0x7E)


@given(st.text(VISIBLE, min_size=6, max_size=16))
def test_six_to_sixteen_visible_characters_are_a_password(password: str) -> None:  # ID-4
    require_password(password, field="password")


@pytest.mark.parametrize("password", ["", "12345", "x" * 17, "pass word", "密码密码密码", "secret\n", "秘" + "x" * 6])
def test_anything_else_is_not(password: str) -> None:  # ID-4
    with pytest.raises(WeakPassword) as refused:
        require_password(password, field="new_password")
    assert refused.value.fields[0].field == "new_password"


def test_a_change_must_be_one() -> None:  # ID-4
    with pytest.raises(WeakPassword):
        require_password("secret1", field="new_password", old="secret1")


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
