"""A day that the calendar lacks is the caller's mistake, not ours (GW-3)."""

from datetime import date

import pytest

from chassis.errors import InvalidRequest
from services.enrollment.mapping.dates import day


def test_a_day_is_read() -> None:
    assert day("effective_date", "2026-10-24") == date(2026, 10, 24)


@pytest.mark.parametrize("text", ["0000-00-00", "2026-02-30", "2026-13-01"])
def test_a_day_that_does_not_exist_names_its_field(text: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        day("effective_date", text)
    assert [(one.field, one.reason) for one in refused.value.fields] == [("effective_date", "NO_SUCH_DAY")]
