"""What the candidate should do now (PA-11): one step, in a sentence."""

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from services.payment.domain.orders import ENDED_UNPAID, Order, OrderState


class NextStep(Enum):
    """The one thing to do."""

    NOTHING = "NOTHING"
    PAY = "PAY"
    WAIT = "WAIT"
    PAYING_AGAIN_IS_SAFE = "PAYING_AGAIN_IS_SAFE"
    REFUND_ON_ITS_WAY = "REFUND_ON_ITS_WAY"
    CONTACT = "CONTACT"


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom candidates contact, and how, when no rule can settle their money."""

    zh: str = "请致电考试院服务热线 021-12345，并提供订单号。"
    en: str = "Call the exam authority's service line, 021-12345, and give the order number."


@dataclass(frozen=True, slots=True)
class Guidance:
    """A step and its sentence; `contact` only with CONTACT, `refund_date` only with REFUND_ON_ITS_WAY."""

    next_step: NextStep
    zh: str
    en: str
    contact: Contact | None = None
    refund_date: date | None = None


_PAID: Final = Guidance(NextStep.NOTHING, "已支付成功，无需再操作。", "Paid. There is nothing left to do.")
_REFUNDED: Final = Guidance(
    NextStep.NOTHING, "款项已退回，无需再操作。", "The money has been returned. There is nothing left to do."
)
_BEGIN: Final = Guidance(
    NextStep.PAY,
    "请阅读并接受报考承诺书，然后获取支付二维码。",
    "Read and accept the undertaking, then get the QR code.",
)
_PAY: Final = Guidance(NextStep.PAY, "请扫码支付，或点击支付获取二维码。", "Scan the QR code, or press pay to get one.")
_WAIT: Final = Guidance(NextStep.WAIT, "银行正在处理，请勿重复支付。", "The bank is working on it. Do not pay again.")
_SAFE: Final = Guidance(
    NextStep.PAYING_AGAIN_IS_SAFE,
    "订单已结束，未扣款，可重新结算并支付。",
    "The order has ended and nothing was charged. Checking out and paying again is safe.",
)

_HELD: Final = Guidance(
    NextStep.WAIT,
    "款项在订单结束后到账，正在自动核对：能用于本订单则报考生效，否则原路退回。请勿重复支付。",
    "The money arrived after the order had ended. It is being attached to the order or returned. Do not pay again.",
)
_RETURNED: Final = Guidance(
    NextStep.PAYING_AGAIN_IS_SAFE,
    "订单已结束，迟到的款项已退回，可重新结算并支付。",
    "The order has ended and the late money has been returned. Checking out and paying again is safe.",
)

_BY_STATE: Final = {
    OrderState.CREATED: _BEGIN,
    OrderState.AWAITING_PAYMENT: _PAY,
    OrderState.SUBMITTED_TO_BANK: _WAIT,
    OrderState.PAID: _PAID,
    OrderState.EXPIRED: _SAFE,
    OrderState.CANCELLED: _SAFE,
    OrderState.FAILED: _SAFE,
    OrderState.REFUNDED: _REFUNDED,
}


def guidance(order: Order, contact: Contact) -> Guidance:
    """What to do about `order`: trouble comes first, then money on its way back, then the state."""
    if order.stuck:
        return Guidance(
            NextStep.CONTACT,
            "该笔款项需要人工核对，请勿重复支付，并联系工作人员。",
            "This payment needs somebody to look at it. Do not pay again; please get in touch.",
            contact=contact,
        )
    if order.refund_date is not None or order.state is OrderState.REFUNDING:
        return _on_its_way(order)
    if order.state in ENDED_UNPAID and order.held:
        return _HELD
    if order.state in ENDED_UNPAID and order.surplus_back_fen:
        return _RETURNED
    return _BY_STATE[order.state]


def _on_its_way(order: Order) -> Guidance:
    paid = order.state is OrderState.PAID
    zh = "已支付成功，多付或不再需要的款项正在退回" if paid else "退款处理中"
    en = "Paid; what was too much is on its way back" if paid else "A refund is on its way"
    by_zh, by_en = "，将原路退回。", "."
    if order.refund_date is not None:
        by_zh, by_en = (
            f"，最晚于 {order.refund_date.isoformat()} 到账。",
            f" and arrives by {order.refund_date.isoformat()}.",
        )
    return Guidance(NextStep.REFUND_ON_ITS_WAY, zh + by_zh, en + by_en, refund_date=order.refund_date)
