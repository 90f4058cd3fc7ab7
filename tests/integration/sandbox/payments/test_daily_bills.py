"""The bill of a day (PA-10)."""

import csv
import io
from datetime import datetime

import pytest

from chassis.clock import SHANGHAI


async def test_a_bill_lists_the_day_by_time_and_ends_with_its_total(merchant):  # PA-10
    order = await merchant.paid(amount_fen=4321)
    await merchant.refund(order, 21, "R-" + order["out_trade_no"])
    answer = await merchant.call("GET", f"/pay/bills/{datetime.now(SHANGHAI).date()}")
    header, *lines, total = csv.reader(io.StringIO(answer.body.decode()))
    assert header == ["time", "kind", "out_trade_no", "platform_trade_no", "out_refund_no", "amount_fen"]
    assert [line[0] for line in lines] == sorted(line[0] for line in lines)
    mine = [[line[1], line[4], line[5]] for line in lines if line[2] == order["out_trade_no"]]
    assert mine == [["PAYMENT", "", "4321"], ["REFUND", "R-" + order["out_trade_no"], "21"]]
    came, went = ([int(line[5]) for line in lines if line[1] == kind] for kind in ("PAYMENT", "REFUND"))
    assert total == ["TOTAL", *map(str, (len(came), sum(came), len(went), sum(went), sum(came) - sum(went)))]


async def test_a_day_without_money_has_a_bill_too(merchant):  # PA-10
    answer = await merchant.call("GET", "/pay/bills/2020-02-29")
    assert answer.body.decode().splitlines()[1:] == ["TOTAL,0,0,0,0,0"]


@pytest.mark.parametrize("day", ["2026-02-30", "20261001", "0001-01-01", "9999-12-31", "yesterday"])
async def test_what_is_no_day_has_no_bill(merchant, day):
    answer = await merchant.call("GET", f"/pay/bills/{day}")
    assert (answer.status, answer.reason) == (422, "INVALID")
