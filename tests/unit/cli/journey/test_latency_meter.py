"""How long the steps of journeys took."""

import pytest

from cli.journey.clients.latency_meter import Meter


def rows(meter: Meter) -> list[tuple[str, ...]]:
    return list(zip(*(column.cells for column in meter.table().columns), strict=True))


def test_a_step_is_timed_and_one_that_fails_is_not_counted() -> None:
    meter = Meter()
    with meter.step("pay"):
        pass
    with pytest.raises(ValueError, match="refused"), meter.step("pay"):
        raise ValueError("refused")
    assert [len(seconds) for seconds in meter.durations.values()] == [1]
    assert meter.durations["pay"][0] >= 0


def test_the_table_has_a_row_a_step_in_the_order_of_the_journey() -> None:
    meter = Meter({"register": [0.002], "pay": [1.5, 0.5]})
    assert rows(meter) == [
        ("register", "1", "2.0", "2.0", "2.0"),
        ("pay", "2", "1,000.0", "1,500.0", "1,500.0"),
    ]


@pytest.mark.parametrize("count", [1, 2, 19, 20, 21, 100, 1000])
def test_at_most_a_twentieth_takes_longer_than_the_95th_percentile(count: int) -> None:
    milliseconds = range(1, count + 1)
    [row] = rows(Meter({"step": [one / 1000 for one in reversed(milliseconds)]}))
    percentile = float(row[3].replace(",", ""))
    assert sum(one > percentile for one in milliseconds) <= count / 20
    assert percentile in milliseconds
