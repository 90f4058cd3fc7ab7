"""Codes of authenticator apps, backup codes, and when factors may change (ID-17, ID-18)."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from chassis.errors import SecondFactorRequired
from services.identity.domain.authentication.second_factors import (
    Passkey,
    Proof,
    SecondFactors,
    Totp,
    confirmed_step,
    normal_backup_code,
    otpauth_uri,
    proven_step,
    shown_backup_code,
)
from services.identity.errors import (
    EnrolmentExpired,
    LastSecondFactor,
    NoSecondFactor,
    RecentProofRequired,
    TotpEnrolled,
    WrongSecondFactor,
)

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
STEP = timedelta(seconds=30)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
WAITING, APP = Totp(SECRET), Totp(SECRET, confirm_time=NOW)
PASSKEY = Passkey("p", "s", "key", b"c", b"k", 0, NOW)


def shown(at: datetime) -> str:
    return pyotp.TOTP(SECRET).at(at)


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_clock_may_be_one_step_wrong(steps: int) -> None:  # ID-18
    assert proven_step(APP, shown(NOW + steps * STEP), at=NOW) == int(NOW.timestamp()) // 30 + steps


@pytest.mark.parametrize("code", [shown(NOW - 2 * STEP), shown(NOW + 2 * STEP), "", "abcdef", "１２３４５６"])
def test_other_codes_prove_nothing(code: str) -> None:  # ID-18
    with pytest.raises(WrongSecondFactor):
        proven_step(APP, code, at=NOW)


@pytest.mark.parametrize("totp", [None, APP])
def test_only_an_enrolment_under_way_is_confirmed(totp: Totp | None) -> None:  # ID-18
    with pytest.raises(EnrolmentExpired):
        confirmed_step(totp, shown(NOW), at=NOW)
    assert confirmed_step(WAITING, shown(NOW), at=NOW)


def test_an_app_that_is_not_confirmed_is_no_factor() -> None:  # ID-18
    waiting = SecondFactors(totp=WAITING, backup_codes_left=3)
    assert (waiting.enrolled, SecondFactors(totp=APP, passkeys=[PASSKEY]).enrolled) == (0, 2)
    waiting.require_new_totp()
    with pytest.raises(NoSecondFactor):
        waiting.require_any()
    with pytest.raises(TotpEnrolled):
        SecondFactors(totp=APP).require_new_totp()


GOOD_FOR = timedelta(minutes=5)


def test_factors_change_only_shortly_after_a_proof() -> None:  # ID-17
    nothing = SecondFactors()
    nothing.require_may_change(Proof(NOW - GOOD_FOR), at=NOW, good_for=GOOD_FOR)
    with pytest.raises(RecentProofRequired):
        nothing.require_may_change(Proof(NOW - GOOD_FOR - timedelta(seconds=1)), at=NOW, good_for=GOOD_FOR)


def test_a_password_alone_changes_no_factor_of_somebody_who_has_one() -> None:  # ID-18
    factors = SecondFactors(totp=APP)
    factors.require_may_change(Proof(NOW, factor_time=NOW - timedelta(hours=1)), at=NOW, good_for=GOOD_FOR)
    with pytest.raises(SecondFactorRequired):
        factors.require_may_change(Proof(NOW), at=NOW, good_for=GOOD_FOR)


def test_whoever_must_have_a_factor_keeps_one() -> None:  # ID-18
    last = SecondFactors(totp=APP, backup_codes_left=10)
    last.require_one_to_spare(required=False)
    SecondFactors(totp=APP, passkeys=[PASSKEY]).require_one_to_spare(required=True)
    with pytest.raises(LastSecondFactor):
        last.require_one_to_spare(required=True)


@pytest.mark.parametrize(
    "typed",
    ["ABCD-EFGH-IOBZ-2345", "abcd efgh iobz 2345", "ABCDEFGH108Z2345", "abcdefgh-l".replace("l", "1") + "08z2345"],
)
def test_a_backup_code_is_understood_in_any_spelling(typed: str) -> None:  # ID-18
    assert normal_backup_code(typed) == "ABCDEFGHIOBZ2345"
    assert normal_backup_code(shown_backup_code("ABCDEFGHIOBZ2345")) == "ABCDEFGHIOBZ2345"


def test_secrets_are_in_no_representation() -> None:
    assert SECRET not in repr(APP)
    assert SECRET in otpauth_uri(APP, "operator")
