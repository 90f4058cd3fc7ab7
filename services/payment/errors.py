"""Every refusal of payment: its reason, its gRPC code, and what it says."""

from chassis.errors import Code, Refusal


class OrderIdReused(Refusal):
    """CreateOrder named an order that exists with other contents (F-10). Metadata: order_id."""

    reason = "ORDER_ID_REUSED"
    code = Code.ALREADY_EXISTS
    zh = "该订单号已用于内容不同的订单。"
    en = "This order id has been used for a different order."


class LiveOrderExists(Refusal):
    """The candidate has another order of this session that is neither paid nor ended (PA-7, F-12). Metadata:
    order_id, the live one.
    """

    reason = "LIVE_ORDER_EXISTS"
    code = Code.FAILED_PRECONDITION
    zh = "本考期还有一笔未完成的订单，请先支付或取消该订单。"
    en = "Another order of this exam session is not settled yet. Pay or cancel it first."


class AmountsDiffer(Refusal):
    """An order's total is not the sum of its fees (PA-8)."""

    reason = "AMOUNTS_DIFFER"
    code = Code.INVALID_ARGUMENT
    zh = "订单总额与各课程费用之和不符。"
    en = "The total is not the sum of the fees."


class PaymentCutoffPassed(Refusal):
    """The session's payment cut-off lies in the past (F-15). Metadata: payment_cutoff_time, ISO 8601."""

    reason = "PAYMENT_CUTOFF_PASSED"
    code = Code.FAILED_PRECONDITION
    zh = "已过缴费截止时间，不能再支付。"
    en = "The payment cut-off has passed; nothing can be paid any more."


class UndertakingOutdated(Refusal):
    """The undertaking accepted is not the version the order asks for (PA-1). Metadata: undertaking_version, the
    one to read.
    """

    reason = "UNDERTAKING_OUTDATED"
    code = Code.FAILED_PRECONDITION
    zh = "报考承诺书已更新，请阅读并接受第 {undertaking_version} 版。"
    en = "The undertaking has changed. Read and accept version {undertaking_version}."


class OrderEnded(Refusal):
    """The order has ended and cannot be paid; a new checkout is safe (PA-2). Metadata: state."""

    reason = "ORDER_ENDED"
    code = Code.FAILED_PRECONDITION
    zh = "该订单已结束且未扣款，可重新结算并支付。"
    en = "This order has ended and nothing was charged. Checking out and paying again is safe."


class OrderAlreadyPaid(Refusal):
    """The order is paid and cannot be cancelled (PA-3)."""

    reason = "ORDER_ALREADY_PAID"
    code = Code.FAILED_PRECONDITION
    zh = "该订单已支付，不能取消。"
    en = "This order is paid and cannot be cancelled."


class PaymentInProgress(Refusal):
    """The bank is working on the payment, so the order cannot be ended (PA-3)."""

    reason = "PAYMENT_IN_PROGRESS"
    code = Code.FAILED_PRECONDITION
    zh = "银行正在处理该笔支付，请稍后刷新订单状态。"
    en = "The bank is working on this payment. Refresh the order a little later."


class OrderNotPaid(Refusal):
    """What was asked for comes with payment, and the order is not paid (PA-9)."""

    reason = "ORDER_NOT_PAID"
    code = Code.FAILED_PRECONDITION
    zh = "该订单尚未支付。"
    en = "This order is not paid."


class NoOpenAttempt(Refusal):
    """There is no QR code to draw: none was asked for, or its time is over (PA-3)."""

    reason = "NO_OPEN_ATTEMPT"
    code = Code.FAILED_PRECONDITION
    zh = "当前没有有效的支付二维码，请先点击支付。"
    en = "There is no valid QR code. Start the payment first."


class PaymentRefused(Refusal):
    """The platform refuses the order. Metadata: provider_code, the platform's word for why."""

    reason = "PAYMENT_REFUSED"
    code = Code.FAILED_PRECONDITION
    zh = "支付平台拒绝了该订单（{provider_code}），未扣款，可重新支付。"
    en = "The payment platform refused this order ({provider_code}). Nothing was charged; paying again is safe."


class ProviderUnavailable(Refusal):
    """The platform did not answer, or not in time. What it did is unknown; asking again is safe (F-9, F-18)."""

    reason = "PROVIDER_UNAVAILABLE"
    code = Code.UNAVAILABLE
    zh = "支付平台暂时没有响应，请稍后重试；重试不会重复扣款。"
    en = "The payment platform does not answer. Try again in a moment; you will not be charged twice."


class NotificationForged(Refusal):
    """A notification's signature does not verify (F-4)."""

    reason = "NOTIFICATION_FORGED"
    code = Code.UNAUTHENTICATED
    zh = "通知签名无效。"
    en = "The notification's signature does not verify."


class NotificationMalformed(Refusal):
    """A signed notification cannot be read (F-4)."""

    reason = "NOTIFICATION_MALFORMED"
    code = Code.INVALID_ARGUMENT
    zh = "通知内容无法识别。"
    en = "The notification cannot be read."


class WrongMerchant(Refusal):
    """A signed notification is for another merchant (F-4)."""

    reason = "WRONG_MERCHANT"
    code = Code.PERMISSION_DENIED
    zh = "通知的商户号不符。"
    en = "The notification is for another merchant."


class UnknownOrder(Refusal):
    """A signed notification names a trade unknown here (F-4)."""

    reason = "UNKNOWN_ORDER"
    code = Code.NOT_FOUND
    zh = "通知的订单不存在。"
    en = "The notification names an order unknown here."


class WrongAmount(Refusal):
    """A signed notification reports an amount that is not the order's (PA-8, F-4)."""

    reason = "WRONG_AMOUNT"
    code = Code.FAILED_PRECONDITION
    zh = "通知的金额与订单不符。"
    en = "The notification's amount is not the order's."


class NoLateMoney(Refusal):
    """There is no money on the order that waits for a decision (PA-6)."""

    reason = "NO_LATE_MONEY"
    code = Code.FAILED_PRECONDITION
    zh = "该订单没有待处理的款项。"
    en = "No money of this order waits for a decision."


class ItemAlreadyRefunded(Refusal):
    """An item's fee is back already, on its way back, or not the order's (PA-6, PA-12)."""

    reason = "ITEM_ALREADY_REFUNDED"
    code = Code.FAILED_PRECONDITION
    zh = "所选项目的费用已退回或正在退回。"
    en = "The fee of an item is already back or on its way back."


class RefundNoteRequired(Refusal):
    """PA-14: an operator gives money back without a reason."""

    reason = "REFUND_NOTE_REQUIRED"
    code = Code.INVALID_ARGUMENT
    zh = "请填写退费原因。"
    en = "Say why the money is given back."


class RefundIdReused(Refusal):
    """CreateRefund named a refund that exists with other contents (F-10). Metadata: refund_id."""

    reason = "REFUND_ID_REUSED"
    code = Code.ALREADY_EXISTS
    zh = "该退款号已用于内容不同的退款。"
    en = "This refund id has been used for a different refund."


class CalendarUnpublished(Refusal):
    """The public holidays of a year are not published yet, so no working day of it can be told (PA-9). Metadata:
    year.
    """

    reason = "CALENDAR_UNPUBLISHED"
    code = Code.FAILED_PRECONDITION
    zh = "{year} 年的法定节假日安排尚未公布，请运维人员录入后重试。"
    en = "The public holidays of {year} are not published yet. An operator has to enter them first."


class BillNotReady(Refusal):
    """The platform has not published the bill of a day yet (PA-10). Metadata: date, ISO 8601."""

    reason = "BILL_NOT_READY"
    code = Code.FAILED_PRECONDITION
    zh = "{date} 的对账单尚未生成，请稍后重试。"
    en = "The bill of {date} is not published yet. Try again later."
