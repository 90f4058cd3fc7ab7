"""The platform's book: orders, refunds and the notifications they owe. Every function runs inside one transaction of the store."""

from dataclasses import dataclass
from datetime import datetime

from sandbox.instants import to_text

type_of_content = ("amount_fen", "subject", "notify_url", "expire_time")


@dataclass(frozen=True, slots=True)
class Refund:
    """Money given back; `amount_fen` in fen."""

    merchant: str
    out_refund_no: str
    out_trade_no: str
    platform_trade_no: str
    platform_refund_no: str
    amount_fen: int
    refund_time: datetime

    def as_json(self) -> dict[str, object]:
        """What merchants are told."""
        return {
            "out_refund_no": self.out_refund_no,
            "out_trade_no": self.out_trade_no,
            "platform_refund_no": self.platform_refund_no,
            "amount_fen": self.amount_fen,
            "state": "SUCCESS",
            "refund_time": to_text(self.refund_time),
        }
