"""Numbering plans as the library `phonenumbers` has them. It follows them month by month, and new mobile ranges come
to it late: mainland ones are known by their form, which has been the same for decades.
"""

from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberType

MAINLAND: Final = "+86"
MOBILE: Final = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


class PhoneNumberLibrary:
    """Looks numbers up in the library's tables."""

    def is_mobile(self, phone: str) -> bool:
        """Whether a number in E.164 is a mobile phone's, or may be; no number of a country that is none."""
        if phone.startswith(MAINLAND):
            return True
        try:
            return phonenumbers.number_type(phonenumbers.parse(phone)) in MOBILE
        except phonenumbers.NumberParseException:
            return False
