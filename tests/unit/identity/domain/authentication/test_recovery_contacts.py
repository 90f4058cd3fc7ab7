"""Who is told when what recovers an account changes: everything on record before, verified or not (ID-17)."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.identity.domain.authentication.recovery_contacts import password_change, recovery_change
from services.identity.domain.candidates import Candidate, new_candidate, with_email_verified, with_phone
from services.identity.domain.contact_addresses import ContactChannel
from services.identity.domain.documents import Document, DocumentType

AT = datetime(2026, 9, 1, tzinfo=UTC)
EMAIL, PHONE, OTHER = "zhangsan@example.com", "+8613800130742", "+8613800130743"


@pytest.fixture
def candidate() -> Candidate:
    """Somebody with a verified phone and a stated e-mail."""
    document = Document(DocumentType.RESIDENT_CARD, "11010519491231002X")
    made = with_phone(new_candidate("c-1", document, "张三", "10269", at=AT), PHONE, at=AT)
    return replace(made, details=replace(made.details, email=EMAIL))


def test_an_e_mail_that_nobody_verified_is_told_of_another_phone(candidate: Candidate) -> None:  # ID-17
    change = recovery_change(candidate, with_phone(candidate, OTHER, at=AT))
    assert change is not None
    assert [one.address for one in change.told] == [PHONE, EMAIL]


def test_an_e_mail_that_has_just_proven_itself_is_not_told_so(candidate: Candidate) -> None:  # ID-17
    change = recovery_change(candidate, with_email_verified(candidate, EMAIL, at=AT))
    assert change is not None
    assert [one.address for one in change.told] == [PHONE]


def test_a_recovered_password_is_told_by_the_other_channels(candidate: Candidate) -> None:  # ID-17, ID-4
    assert [one.address for one in password_change(candidate).told] == [PHONE, EMAIL]
    assert [one.address for one in password_change(candidate, recovered_by=ContactChannel.PHONE).told] == [EMAIL]
    assert [one.address for one in password_change(candidate, recovered_by=ContactChannel.EMAIL).told] == [PHONE]
