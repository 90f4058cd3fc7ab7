"""Where enrollment's outbox goes: events to identity, and requests that are made until they are answered."""

from typing import Final

IDENTITY: Final = "identity"
CREATE_ORDER: Final = "payment.CreateOrder"
CANCEL_ORDER: Final = "payment.CancelOrder"
CREATE_REFUND: Final = "payment.CreateRefund"
CREATE_REFUND_BATCH: Final = "payment.CreateRefundBatch"
SETTLE_LATE_MONEY: Final = "payment.SettleLateMoney"
OPEN_CASE: Final = "review.OpenCase"
WITHDRAW_CASE: Final = "review.WithdrawCase"
