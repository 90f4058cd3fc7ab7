"""Phones and e-mail addresses: one spelling, and what of them others may see (ID-10)."""

import re
from collections.abc import Sequence
from enum import Enum
from typing import Final

from chassis.errors import FieldViolation
from services.identity.domain.spellings import plain_number
from services.identity.errors import InvalidPhone, PhoneNotServed

SERVED_PREFIXES: Final = ("+86", "+852", "+853", "+886")
"""How the phones begin that codes are sent to unless configured otherwise: 中国内地、港澳台."""


class ContactChannel(Enum):
    """How a message reaches a person."""

    PHONE = "PHONE"
    EMAIL = "EMAIL"


_PUNCTUATION: Final = re.compile(r"[().·/]")
_MAINLAND_MOBILE: Final = re.compile(r"(?:\+86|0086|86)?(1[3-9][0-9]{9})")
_FOREIGN: Final = re.compile(r"(?:\+|00)(?!86)([1-9][0-9]{7,14})")


def normal_phone(text: str, *, field: str = "phone") -> str:
    """The phone in E.164; a number without country code is a mainland mobile. Raises InvalidPhone for what cannot
    receive a message.
    """
    dialled = _PUNCTUATION.sub("", plain_number(text))
    mainland = _MAINLAND_MOBILE.fullmatch(dialled)
    if mainland:
        return f"+86{mainland[1]}"
    foreign = _FOREIGN.fullmatch(dialled)
    if foreign:
        return f"+{foreign[1]}"
    raise no_mobile(field)


def no_mobile(field: str) -> InvalidPhone:
    """What a number is answered with that no message reaches."""
    violation = FieldViolation(field, "PHONE_FORM", "请填写手机号码", "a mobile phone number is needed")
    return InvalidPhone(fields=[violation])


def require_served(phone: str, prefixes: Sequence[str], *, field: str) -> None:
    """Raises PhoneNotServed unless codes are sent to phones that begin as this one (F-28)."""
    if not phone.startswith(tuple(prefixes)):
        texts = "暂不支持向该国家或地区的号码发送验证码", "no codes are sent to numbers of this place"
        raise PhoneNotServed(fields=[FieldViolation(field, "PHONE_PREFIX", *texts)])


def masked_phone(phone: str) -> str:
    """The phone with all but the country code and the last four digits hidden; empty for none."""
    return phone[:3] + "*" * max(0, len(phone) - 7) + phone[-4:] if phone else ""


def masked_email(email: str) -> str:
    """The e-mail with all but its first character and its domain hidden; empty for none."""
    local, at, domain = email.rpartition("@")
    return f"{local[:1]}***{at}{domain}" if at else ""
