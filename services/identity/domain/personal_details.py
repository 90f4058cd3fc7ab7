"""Personal details (个人信息): what is required, what cannot be right (ID-5, ID-12)."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from enum import Enum
from typing import Any, Final

from chassis.errors import FieldViolation, Unmet
from services.identity.domain.documents import EARLIEST_BIRTH, Document, DocumentType, Sex
from services.identity.domain.spellings import plain_dialling, plain_email, plain_number, plain_text
from services.identity.errors import DetailsIncomplete, InvalidDetails


class PoliticalStatus(Enum):
    """Political status (政治面貌)."""

    PARTY_MEMBER = "PARTY_MEMBER"
    LEAGUE_MEMBER = "LEAGUE_MEMBER"
    DEMOCRATIC_PARTY_MEMBER = "DEMOCRATIC_PARTY_MEMBER"
    NO_PARTY = "NO_PARTY"


class Education(Enum):
    """The highest education finished (文化程度)."""

    LOWER_SECONDARY = "LOWER_SECONDARY"
    UPPER_SECONDARY = "UPPER_SECONDARY"
    ASSOCIATE = "ASSOCIATE"
    BACHELOR_OR_HIGHER = "BACHELOR_OR_HIGHER"


@dataclass(frozen=True, slots=True)
class Details:
    """What a person states about themselves. Empty text and None mean: not stated."""

    sex: Sex | None = None
    birth_date: date | None = field(default=None, repr=False)
    ethnicity: str = field(default="", repr=False)
    political_status: PoliticalStatus | None = None
    education: Education | None = None
    occupation: str = field(default="", repr=False)
    household_region: str = field(default="", repr=False)
    postal_address: str = field(default="", repr=False)
    postal_code: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    workplace: str = field(default="", repr=False)
    home_phone: str = field(default="", repr=False)


NOTHING_STATED: Final = Details()

SPELLINGS: Final[Mapping[str, Callable[[str], str]]] = {
    "postal_code": plain_number,
    "email": plain_email,
    "home_phone": plain_dialling,
}
"""How what is more than a text is spelt (ID-21)."""

_LABEL: Final = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
FORMS: Final[Mapping[str, tuple[re.Pattern[str], str, str, str]]] = {
    "postal_code": (re.compile("[0-9]{6}"), "POSTAL_CODE_FORM", "邮政编码为六位数字", "a postal code has six digits"),
    "email": (
        # As HTML defines what an input for e-mail addresses takes.
        re.compile(rf"(?=.{{3,120}}$)[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})*"),
        "EMAIL_FORM",
        "电子邮箱地址不正确",
        "this is not an e-mail address",
    ),
    "home_phone": (
        re.compile("[0-9+() -]{5,20}"),
        "HOME_PHONE_FORM",
        "固定电话不正确",
        "this is not a phone number",
    ),
}
"""The form of what is stated, the reason of a flaw, and what to say of it."""

FIELDS: Final = tuple(entry.name for entry in fields(Details))
OPTIONAL: Final = frozenset({"workplace", "home_phone"})
FOREIGN: Final = frozenset({DocumentType.PERMANENT_RESIDENT_CARD})
ONLY_CHINESE: Final = frozenset({"ethnicity", "political_status"})
"""What foreign nationals do not have (ID-21)."""

LABELS: Final = {
    "sex": ("性别", "sex"),
    "birth_date": ("出生日期", "birth date"),
    "ethnicity": ("民族", "ethnicity"),
    "political_status": ("政治面貌", "political status"),
    "education": ("文化程度", "education"),
    "occupation": ("职业", "occupation"),
    "household_region": ("户籍所在地", "household region"),
    "postal_address": ("通讯地址", "postal address"),
    "postal_code": ("邮政编码", "postal code"),
    "email": ("电子邮箱", "e-mail"),
}
"""The required fields by their names for people."""


def stated_by(document: Document) -> Details:
    """What the document number already says."""
    return Details(sex=document.sex, birth_date=document.birth_date)


def required(document_type: DocumentType) -> tuple[str, ...]:
    """The fields that holders of such a document must state, in the order of the form (ID-12, ID-21)."""
    absent = ONLY_CHINESE if document_type in FOREIGN else frozenset()
    return tuple(name for name in FIELDS if name not in OPTIONAL | absent)


def missing(details: Details, document_type: DocumentType) -> tuple[str, ...]:
    """The required fields that are still empty, in the order of the form (ID-12)."""
    return tuple(name for name in required(document_type) if not getattr(details, name))


def require_complete(details: Details, document_type: DocumentType) -> None:
    """Raises DetailsIncomplete naming every missing field (ID-12)."""
    names = missing(details, document_type)
    if names:
        raise DetailsIncomplete(unmet=[_unmet(name) for name in names])


def amended(details: Details, changes: dict[str, Any], document: Document, *, today: date) -> Details:
    """`details` with `changes` (values by field name) made. Raises InvalidDetails naming every field that cannot be
    right.
    """
    values = {name: _spelt(name, value) for name, value in changes.items()}
    wanted = replace(details, **values)
    flaws = tuple(_flaws(wanted, document, today))
    if flaws:
        raise InvalidDetails(fields=flaws)
    return wanted


def _spelt(name: str, value: Any) -> Any:
    """A value in its one spelling (ID-21)."""
    return SPELLINGS.get(name, plain_text)(value) if isinstance(value, str) else value


def _flaws(details: Details, document: Document, today: date) -> Iterator[FieldViolation]:
    if document.sex is not None and details.sex is not document.sex:
        yield _contradiction("sex")
    if document.birth_date is not None and details.birth_date != document.birth_date:
        yield _contradiction("birth_date")
    elif details.birth_date is not None and not EARLIEST_BIRTH <= details.birth_date <= today:
        yield FieldViolation(
            "birth_date",
            "BIRTH_DATE_IMPOSSIBLE",
            "出生日期不存在或在将来",
            "the birth date is impossible or lies ahead",
        )
    for name, (form, *told) in FORMS.items():
        if getattr(details, name) and not form.fullmatch(getattr(details, name)):
            yield FieldViolation(name, *told)


def _contradiction(name: str) -> FieldViolation:
    zh, en = LABELS[name]
    return FieldViolation(
        name, "CONTRADICTS_DOCUMENT", f"{zh}与证件号码不一致", f"the {en} contradicts the document number"
    )


def _unmet(name: str) -> Unmet:
    zh, en = LABELS[name]
    return Unmet("DETAIL_MISSING", name, f"请填写{zh}", f"Please fill in: {en}", next_action="UPDATE_DETAILS")
