"""Documents (证件) and their numbers: one pure rule per type (ID-2)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from functools import partial
from typing import Final

from chassis.errors import FieldViolation
from services.identity.domain.spellings import plain_number
from services.identity.errors import InvalidDocumentNumber


class DocumentType(Enum):
    """What a candidate can register with."""

    RESIDENT_CARD = "RESIDENT_CARD"
    MINOR_RESIDENT_CARD = "MINOR_RESIDENT_CARD"
    HOME_RETURN_PERMIT = "HOME_RETURN_PERMIT"
    TAIWAN_PERMIT = "TAIWAN_PERMIT"
    HMT_RESIDENCE_PERMIT = "HMT_RESIDENCE_PERMIT"
    PERMANENT_RESIDENT_CARD = "PERMANENT_RESIDENT_CARD"


FACE_MATCHED: Final = frozenset({DocumentType.RESIDENT_CARD, DocumentType.MINOR_RESIDENT_CARD})
"""The types whose holders the police register knows (ID-7); the others go straight to manual review (ID-8)."""


class Sex(Enum):
    """Sex as documents state it."""

    FEMALE = "FEMALE"
    MALE = "MALE"


class Flaw(Enum):
    """What is wrong with a number: the stable reason, then the explanation in Chinese and English."""

    FORM = (
        "DOCUMENT_NUMBER_FORM",
        "号码的位数或字符与证件类型不符",
        "the number does not have the form of its document type",
    )
    REGION = (
        "DOCUMENT_NUMBER_REGION",
        "号码的地区代码与证件类型不符",
        "the region code does not belong to this document type",
    )
    BIRTH_DATE = (
        "DOCUMENT_NUMBER_BIRTH_DATE",
        "号码中的出生日期不存在或在将来",
        "the birth date in the number does not exist or lies ahead",
    )
    CHECK_CHARACTER = (
        "DOCUMENT_NUMBER_CHECK",
        "号码的校验码不符，请逐位核对",
        "the check character does not fit; please compare digit by digit",
    )


@dataclass(frozen=True, slots=True)
class Document:
    """A document whose number has the form of its type. `number` is in normal form."""

    type: DocumentType
    number: str = field(repr=False)

    @property
    def person_key(self) -> str:
        """What stays the same when the document is renewed: the person (ID-13, F-16).

        A home-return permit's renewal digits come after the first 9 characters. Types share one space of keys, since
        their forms do not overlap and the two resident cards carry the same number.
        """
        return person_key_of(self.number)

    @property
    def birth_date(self) -> date | None:
        """The birth date the number states, if it does."""
        return _date(self.number[6:14]) if self.type in BIRTH_STATED else None

    @property
    def sex(self) -> Sex | None:
        """The sex the number states, if it does."""
        if self.type not in BIRTH_STATED:
            return None
        return Sex.MALE if int(self.number[16]) % 2 else Sex.FEMALE

    @property
    def masked(self) -> str:
        """The number with its middle hidden, for readers other than the owner."""
        shown = 6 if len(self.number) >= 15 else 2
        return self.number[:shown] + "*" * (len(self.number) - shown - 2) + self.number[-2:]


PERMIT_PERSON: Final = 9
"""How many characters of a home-return permit stay with the person."""

BIRTH_STATED: Final = frozenset(
    {DocumentType.RESIDENT_CARD, DocumentType.MINOR_RESIDENT_CARD, DocumentType.HMT_RESIDENCE_PERMIT}
)
HMT_REGIONS: Final = frozenset({"810000", "820000", "830000"})
EARLIEST_BIRTH: Final = date(1900, 1, 1)

_EIGHTEEN: Final = re.compile(r"[0-9]{17}[0-9X]")
_HOME_RETURN: Final = re.compile(r"[HM][0-9]{8}([0-9]{2})?|[HM]A[0-9]{7}")
_TAIWAN: Final = re.compile(r"[0-9]{8}")
_OLD_PERMANENT: Final = re.compile(r"[A-Z]{3}[0-9]{12}")
_CHECK_CHARACTERS: Final = "10X98765432"
_WEIGHTS: Final = tuple(2 ** (17 - place) % 11 for place in range(17))


def parse(document_type: DocumentType, number: str, *, today: date) -> Document:
    """The document that `number`, in any spelling, belongs to (ID-2). Raises InvalidDocumentNumber, saying what is
    wrong.
    """
    normal = plain_number(number)
    flaw = _RULES[document_type](normal, today)
    if flaw is not None:
        reason, zh, en = flaw.value
        raise InvalidDocumentNumber(fields=[FieldViolation("document_number", reason, zh, en)])
    return Document(document_type, normal)


def person_key_of(login_name: str) -> str:
    """The person that a login name means when it is read as a document number, whatever the type (ID-1)."""
    normal = plain_number(login_name)
    return normal[:PERMIT_PERSON] if _HOME_RETURN.fullmatch(normal) else normal


def check_character(body: str) -> str:
    """The ISO 7064 MOD 11-2 check character (GB 11643) of the first 17 digits."""
    return _CHECK_CHARACTERS[sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, body, strict=True)) % 11]


def _resident_card(number: str, today: date, *, hmt: bool = False) -> Flaw | None:
    if not _EIGHTEEN.fullmatch(number):
        return Flaw.FORM
    if number[0] in "09" or (number[:6] in HMT_REGIONS) is not hmt:
        return Flaw.REGION
    born = _date(number[6:14])
    if born is None or not EARLIEST_BIRTH <= born <= today:
        return Flaw.BIRTH_DATE
    return _check(number)


def _permit(number: str, _today: date, *, form: re.Pattern[str]) -> Flaw | None:
    return None if form.fullmatch(number) else Flaw.FORM


def _permanent_resident_card(number: str, _today: date) -> Flaw | None:
    if _OLD_PERMANENT.fullmatch(number):
        return None
    if not _EIGHTEEN.fullmatch(number) or number[0] != "9":
        return Flaw.FORM
    return _check(number)


def _check(number: str) -> Flaw | None:
    return None if check_character(number[:17]) == number[17] else Flaw.CHECK_CHARACTER


def _date(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


_RULES: Final[Mapping[DocumentType, Callable[[str, date], Flaw | None]]] = {
    DocumentType.RESIDENT_CARD: _resident_card,
    DocumentType.MINOR_RESIDENT_CARD: _resident_card,
    DocumentType.HOME_RETURN_PERMIT: partial(_permit, form=_HOME_RETURN),
    DocumentType.TAIWAN_PERMIT: partial(_permit, form=_TAIWAN),
    DocumentType.HMT_RESIDENCE_PERMIT: partial(_resident_card, hmt=True),
    DocumentType.PERMANENT_RESIDENT_CARD: _permanent_resident_card,
}
