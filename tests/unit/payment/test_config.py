"""Settings: groups of the domain take single values, and refuse what is misspelt or out of bounds."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from services.payment.config import Config
from services.payment.domain.polling_pace import PollingPace


@pytest.fixture(autouse=True)
def a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZIKAO_FIELD_KEY", "00" * 32)


def test_a_single_value_leaves_the_rest_of_its_group_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZIKAO_PACE__FIRST", "PT5S")
    monkeypatch.setenv("ZIKAO_REFUNDS__PER_SECOND", "7")
    monkeypatch.setenv("ZIKAO_TERMS__QR_VALID", "00:10:00")
    config = Config()
    assert config.pace == PollingPace(first=timedelta(seconds=5))
    assert (config.refunds.per_second, config.refunds.days, config.refunds.batch) == (7, 7, 200)
    assert config.terms.qr_valid == timedelta(minutes=10)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PACE__FIRST", "PT0S"),
        ("PACE__GROWTH", "0.9"),
        ("PACE__FRIST", "PT1S"),
        ("TERMS__AT_BANK", "-PT1M"),
        ("SWEEP__BATCH", "0"),
        ("SWEEP__PER_SECOND", "0"),
        ("RECEIPTS__TIMEOUT", "PT0S"),
        ("RECEIPTS__GROWTH", "0.5"),
        ("REFUNDS__DAYS", "0"),
        ("REFUNDS__LEASE", "PT0S"),
        ("REFUNDS__PAUSE_SECONDS", "1"),
        ("RECONCILIATION__HOUR", "24"),
        ("RECONCILIATION__LINES", "0"),
        ("CONTACT__FR", "téléphonez"),
    ],
)
def test_what_is_misspelt_or_out_of_bounds_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"ZIKAO_{name}", value)
    with pytest.raises(ValidationError):
        Config()
