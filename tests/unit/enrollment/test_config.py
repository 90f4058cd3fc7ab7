"""Settings that enrollment refuses at its start."""

import pytest
from pydantic import ValidationError

from services.enrollment.config import Config
from services.enrollment.domain.registrations import TicketNumberFormat


@pytest.mark.parametrize(
    "setting", [{"prefix": "026abc"}, {"prefix": "123456789"}, {"digits": "3"}, {"digits": "21"}, {"width": "9"}]
)
def test_a_format_that_makes_no_good_numbers_stops_the_process_at_its_start(setting, monkeypatch) -> None:  # ID-9
    for name, value in setting.items():
        monkeypatch.setenv(f"ZIKAO_TICKET_NUMBER__{name.upper()}", value)
    with pytest.raises(ValidationError):
        Config()


def test_a_format_is_told_in_part(monkeypatch) -> None:  # ID-9
    monkeypatch.setenv("ZIKAO_TICKET_NUMBER__DIGITS", "7")
    assert Config().ticket_number == TicketNumberFormat(digits=7)
