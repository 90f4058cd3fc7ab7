"""Settings of the domain are checked as strictly as all others."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from services.identity.config import Config
from services.identity.domain.photos.photo_rules import Background

KEYS = {"ZIKAO_FIELD_KEY": "ab" * 32, "ZIKAO_INDEX_KEY": "cd" * 32}


def configured(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Config:
    for name, value in {**KEYS, **variables}.items():
        monkeypatch.setenv(name, value)
    return Config()


def test_groups_are_set_one_value_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    config = configured(
        monkeypatch,
        ZIKAO_PHONE_CHANGE__COOLING_OFF="PT24H",
        ZIKAO_LOGIN__PER_SOURCE="7",
        ZIKAO_PHOTO__BACKGROUNDS='[{"zh": "红色", "en": "red", "colour": "#C82828"}]',
        ZIKAO_PHOTO__MIN_WIDTH="300",
    )
    assert (config.phone_change.cooling_off, config.phone_change.draft) == (timedelta(days=1), timedelta(days=1))
    assert (config.login.per_source, config.login.per_source_and_account) == (7, 8)
    assert config.photo.backgrounds == (Background("红色", "red", "#C82828"),)
    assert (config.photo.min_width, config.photo.min_height) == (300, 640)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ZIKAO_LOGIN__PER_SOURCE", "0"),
        ("ZIKAO_LOGIN__PER_SUORCE", "7"),
        ("ZIKAO_RECOVERY__WRONG_CODES", "-1"),
        ("ZIKAO_RECOVERY__WRONG_CODE", "7"),
        ("ZIKAO_LOGIN__DEVICE_KNOWN_FOR", "P0D"),
        ("ZIKAO_CODES__PER_MINUTE", "0"),
        ("ZIKAO_PHONE_PREFIXES", "[]"),
        ("ZIKAO_PHONE_CHANGE__DRAFT", "PT0S"),
        ("ZIKAO_PHONE_CHANGE__COOLING_OFF", "-PT1S"),
        ("ZIKAO_PHONE_CHANGE__COOLING_OFF_HOURS", "24"),
        ("ZIKAO_PHONE_CHANGE__PER_PHONE", "0"),
        ("ZIKAO_PHOTO__BACKGROUNDS", "[]"),
        ("ZIKAO_PHOTO__BACKGROUNDS", '[{"zh": "红色", "en": "red", "colour": "red"}]'),
        ("ZIKAO_PHOTO__MIN_WITDH", "300"),
        ("ZIKAO_REGISTER_TIMEOUT", "PT0S"),
        ("ZIKAO_MESSAGES_TIMEOUT", "PT0S"),
    ],
)
def test_what_cannot_be_and_what_is_misspelt_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    with pytest.raises(ValidationError):
        configured(monkeypatch, **{name: value})
