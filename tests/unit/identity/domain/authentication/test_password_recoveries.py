"""Recovering a forgotten password: what a code is good for (ID-4)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.identity.domain.authentication.password_recoveries import (
    CODE_TTL,
    new_recovery,
    require_code,
    require_same_address,
    verified_address,
)
from services.identity.domain.candidates import Candidate, new_candidate, with_email_verified, with_phone
from services.identity.domain.contact_addresses import ContactChannel
from services.identity.domain.documents import Document, DocumentType
from services.identity.domain.personal_details import Details
from services.identity.errors import CodeInvalid

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
PHONE, EMAIL = "+8613812345678", "somebody@example.com"
CARD = Document(DocumentType.RESIDENT_CARD, "11010519491231002X")
RECOVERY = new_recovery("recovery", "candidate", "11010519491231002X", ContactChannel.PHONE, known_device=False, at=NOW)


def candidate(*, verified: bool) -> Candidate:
    known = replace(new_candidate("candidate", CARD, "王文静", "10269", at=NOW), details=Details(email=EMAIL))
    if not verified:
        return replace(known, phone=PHONE)
    return with_email_verified(with_phone(known, PHONE, at=NOW), EMAIL, at=NOW)


@pytest.mark.parametrize(("channel", "address"), [(ContactChannel.PHONE, PHONE), (ContactChannel.EMAIL, EMAIL)])
def test_codes_go_to_verified_addresses_only(channel: ContactChannel, address: str) -> None:  # ID-4
    assert verified_address(candidate(verified=True), channel) == address
    assert verified_address(candidate(verified=False), channel) == ""


def test_a_code_has_six_digits_and_five_minutes() -> None:  # ID-4
    assert len(RECOVERY.code) == 6
    assert RECOVERY.code.isdigit()
    assert RECOVERY.expire_time - NOW == CODE_TTL == timedelta(minutes=5)


def test_neither_code_nor_address_is_in_its_repr() -> None:
    shown = repr(replace(RECOVERY, sent_to=PHONE))
    assert not any(secret in shown for secret in (RECOVERY.code, PHONE, CARD.number))


def test_only_the_right_code_of_a_recovery_that_is_there_is_accepted() -> None:  # ID-4
    assert require_code(RECOVERY, RECOVERY.code) is RECOVERY
    wrong = f"{(int(RECOVERY.code) + 1) % 10**6:06d}"
    for recovery, code in ((RECOVERY, wrong), (None, RECOVERY.code)):
        with pytest.raises(CodeInvalid):
            require_code(recovery, code)


def test_a_code_to_a_phone_that_is_no_longer_the_verified_one_is_dead() -> None:  # ID-4, ID-11
    sent = replace(RECOVERY, sent_to=PHONE)
    require_same_address(sent, candidate(verified=True))
    moved = with_phone(candidate(verified=True), "+8613900000000", at=NOW)
    for recovery, owner in ((sent, moved), (sent, candidate(verified=False)), (RECOVERY, candidate(verified=False))):
        with pytest.raises(CodeInvalid):
            require_same_address(recovery, owner)
