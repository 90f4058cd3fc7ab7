"""Which new passwords are refused as common ones (ID-22)."""

from dataclasses import fields
from typing import Any

import pytest

from services.identity.adapters.password_guesser import ZxcvbnPasswordGuesser
from services.identity.dependencies import Dependencies
from services.identity.domain.documents import Document, DocumentType
from services.identity.errors import WeakPassword
from services.identity.usecases.authentication.new_passwords import require_candidate_password, require_staff_password

DOCUMENT = Document(DocumentType.RESIDENT_CARD, "11010519491231002X")
PHONE = "+8613812345678"


@pytest.fixture
def deps() -> Dependencies:
    """A guesser; nothing else is there."""
    nothing: dict[str, Any] = {field.name: None for field in fields(Dependencies)}
    return Dependencies(**{**nothing, "password_guesser": ZxcvbnPasswordGuesser()})


@pytest.mark.parametrize(
    "password",
    [
        *("123456", "a123456", "123456a", "111111", "123123", "password", "P@ssw0rd", "iloveyou", "qwerty123"),
        *("5201314", "1314520", "7758521", "woaini", "woaini1314", "woaini520", "wodemima", "nihao123", "aini1314"),
        *("1qaz2wsx", "asd123456", "147258369", "abc123456", "aa123456", "19900101", "zikao123", "Zikao123"),
    ],
)
def test_common_passwords_are_refused(deps: Dependencies, password: str) -> None:  # ID-22
    with pytest.raises(WeakPassword) as refused:
        require_candidate_password(deps, password, DOCUMENT)
    assert refused.value.fields[0].reason == "PASSWORD_COMMON"


@pytest.mark.parametrize(
    "password",
    [
        *("49123100", "19491231", "491231", "1231002X", "1231002x", "491231002X"),
        *("13812345678", "12345678", "345678", "138123", "8613812345678"),
        *("1101051949123100", "0519491231002x", "110105194912", "0105194912"),
    ],
)
def test_what_stands_on_the_document_or_is_the_phone_is_refused(deps: Dependencies, password: str) -> None:  # ID-22
    with pytest.raises(WeakPassword):
        require_candidate_password(deps, password, DOCUMENT, PHONE)


@pytest.mark.parametrize("password", ["31002X", "31002x"])
def test_the_initial_password_is_refused(deps: Dependencies, password: str) -> None:  # ID-22
    with pytest.raises(WeakPassword) as refused:
        require_candidate_password(deps, password, DOCUMENT)
    assert refused.value.fields[0].reason == "PASSWORD_INITIAL"


@pytest.mark.parametrize("password", ["xR7-kq", "Huanghe-7pu", "tulip4Moss", "9k2m4z"])
def test_others_are_taken(deps: Dependencies, password: str) -> None:  # ID-4
    require_candidate_password(deps, password, DOCUMENT, PHONE)


@pytest.mark.parametrize(
    "password", ["123456", "123456789012", "passwordpassword", "qwertyuiop123", "operatoroperator"]
)
def test_passwords_of_staff_are_long_and_uncommon(deps: Dependencies, password: str) -> None:  # ID-18, ID-22
    with pytest.raises(WeakPassword):
        require_staff_password(deps, password, "operator")


def test_a_long_password_of_staff_is_taken(deps: Dependencies) -> None:  # ID-18
    require_staff_password(deps, "four tulips on a hill".replace(" ", "-"), "operator")
    require_staff_password(deps, "x7K" * 42, "operator")
