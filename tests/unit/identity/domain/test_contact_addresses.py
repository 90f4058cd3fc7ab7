"""Phones and e-mails (ID-10)."""

import pytest

from services.identity.domain.contact_addresses import masked_email, masked_phone, normal_phone
from services.identity.errors import InvalidPhone


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("13812345678", "+8613812345678"),
        ("138 1234 5678", "+8613812345678"),
        ("138-1234-5678", "+8613812345678"),
        ("１３８１２３４５６７８", "+8613812345678"),
        ("+86 138 1234 5678", "+8613812345678"),
        ("0086 13812345678", "+8613812345678"),
        ("+852 9123 4567", "+85291234567"),
        ("00852 91234567", "+85291234567"),
        ("\u202d+86 138-0013-0742\u202c", "+8613800130742"),
        ("+1 (415) 555-2671", "+14155552671"),
        ("（+86）138·0013·0742", "+8613800130742"),
        ("+86\u00a0138\u20110013\u20130742", "+8613800130742"),
        ("\u202a００８５２－９１２３－４５６７\u202c", "+85291234567"),
        ("00852\u200e91234567", "+85291234567"),
        ("٠٠٨٥٢91234567", "+85291234567"),
    ],
)
def test_a_phone_has_one_spelling(text: str, normal: str) -> None:  # ID-10, ID-21, F-24
    assert normal_phone(text) == normal


@pytest.mark.parametrize(
    "text",
    [
        "",
        "021-62868888",
        "12812345678",
        "1381234567",
        "138123456789",
        "+86 021 62868888",
        "phone",
        "+123",
    ],
)
def test_what_cannot_receive_a_message_is_refused(text: str) -> None:  # ID-10
    with pytest.raises(InvalidPhone):
        normal_phone(text)


def test_masks_hide_who_it_is() -> None:
    assert masked_phone("+8613812345678") == "+86*******5678"
    assert masked_email("candidate@example.com") == "c***@example.com"
    assert (masked_phone(""), masked_email("")) == ("", "")
