"""What platforms say of a trade is what a trade can be (PA-5, F-26)."""

from datetime import UTC, datetime

import pytest

from services.payment.domain.platform_messages import MOST_FEN, Trade, TradeState


def test_what_a_platform_says_of_a_trade_is_taken() -> None:
    trade = Trade("ZK-1_2*3", TradeState.PAID, 3700, "4200001", datetime(2026, 12, 1, tzinfo=UTC))
    assert trade.amount_fen == 3700


@pytest.mark.parametrize("said", [
    {"out_trade_no": ""},
    {"out_trade_no": "a\0b"},
    {"out_trade_no": "9" * 65},
    {"platform_trade_no": "a b"},
    {"amount_fen": -1},
    {"amount_fen": MOST_FEN + 1},
    {"paid_time": datetime(2026, 12, 1)},  # noqa: DTZ001
])  # fmt: skip
def test_what_no_table_can_hold_is_no_trade(said: dict[str, object]) -> None:  # F-26
    with pytest.raises(ValueError, match=r"trade|amount|instant"):
        Trade(**{"out_trade_no": "1", "state": TradeState.PAID, **said})
