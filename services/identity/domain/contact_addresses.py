"""Phones and e-mail addresses: one spelling, and what of them others may see (ID-10)."""

import re
import unicodedata
from enum import Enum
from typing import Final

from chassis.errors import FieldViolation
from services.identity.errors import InvalidPhone


class ContactChannel(Enum):
    """How a message reaches a person."""

    PHONE = "PHONE"
    EMAIL = "EMAIL"


_PUNCTUATION: Final = re.compile(r"[\s().-]")
_MAINLAND_MOBILE: Final = re.compile(r"(?:\+86|0086|86)?(1[3-9][0-9]{9})")
_FOREIGN: Final = re.compile(r"\+(?!86)[1-9][0-9]{7,14}")


def normal_phone(text: str, *, field: str = "phone") -> str:
    """The phone in E.164; a number without country code is a mainland mobile. Raises InvalidPhone for what cannot
    receive a message.
    """
    dialled = _PUNCTUATION.sub("", unicodedata.normalize("NFKC", text))
    mainland = _MAINLAND_MOBILE.fullmatch(dialled)
    if mainland:
        return f"+86{mainland[1]}"
    if _FOREIGN.fullmatch(dialled):
        return dialled
    raise InvalidPhone(
        fields=[FieldViolation(field, "PHONE_FORM", "请填写手机号码", "a mobile phone number is needed")]
    )


def masked_phone(phone: str) -> str:
    """The phone with all but the country code and the last four digits hidden; empty for none."""
    return phone[:3] + "*" * max(0, len(phone) - 7) + phone[-4:] if phone else ""


def masked_email(email: str) -> str:
    """The e-mail with all but its first character and its domain hidden; empty for none."""
    local, at, domain = email.rpartition("@")
    return f"{local[:1]}***{at}{domain}" if at else ""
