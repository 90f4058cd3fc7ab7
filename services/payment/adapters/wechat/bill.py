"""WeChat Pay's bill of a day: text lines, a back-tick before every field, amounts in yuan, columns by name."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from chassis.clock import SHANGHAI
from services.payment.domain.platform_messages import BillLine

SUMMARY: Final = "总交易单数"
"""The first column of the line that heads the totals, with which the list of trades ends."""

PAID: Final = "SUCCESS"
BACK: Final = "REFUND"
GIVEN_BACK: Final = frozenset({"SUCCESS", "PROCESSING"})
"""States of a refund on the bill in which the money goes back."""


def columns(line: str) -> list[str]:
    """The names in the first line. What merchants write themselves holds no comma: the platform replaces it."""
    return line.lstrip("\ufeff").split(",")


def read_line(names: Sequence[str], line: str) -> BillLine | None:
    """A payment or a refund; None for what moved no money."""
    said = dict(zip(names, (field.removeprefix("`") for field in line.split(",")), strict=False))
    if said["交易状态"] == PAID:
        return _line(said, "PAYMENT", said["订单金额"], "")
    if said["交易状态"] == BACK and said["退款状态"] in GIVEN_BACK:
        return _line(said, "REFUND", said["申请退款金额"], said["商户退款单号"])
    return None


def fen(yuan: str) -> int:
    """An amount in yuan as fen; it has no fractions of a fen."""
    return int((Decimal(yuan) * 100).to_integral_exact())


def _line(said: Mapping[str, str], kind: str, yuan: str, out_refund_no: str) -> BillLine:
    time = datetime.fromisoformat(said["交易时间"]).replace(tzinfo=SHANGHAI).astimezone(UTC)
    return BillLine(said["商户订单号"], said["微信订单号"], kind, fen(yuan), time, out_refund_no)
