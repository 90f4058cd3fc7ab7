"""Every kind of trouble in words (PA-4, PA-6, PA-8): what was seen, and what an operator can do about it."""

from collections.abc import Mapping
from typing import Final

from services.payment.domain.bilingual_text import Words
from services.payment.domain.operator_queue import Detail, ExceptionKind, Finding, Resolution

SEEN: Final[Mapping[Detail, Words]] = {
    Detail.SIGNATURE_INVALID: Words(
        "收到一条验签不通过的支付通知，已拒收，订单未变。",
        "A notification came whose signature does not verify. It was rejected and the order is unchanged.",
    ),
    Detail.ANOTHER_MERCHANT: Words(
        "收到一条签名有效、但属于商户号 {merchant} 的通知，已拒收，订单未变。",
        "A signed notification came for merchant {merchant}, which is not ours. It was rejected.",
    ),
    Detail.TRADE_UNKNOWN: Words(
        "平台通知了一笔本系统没有的交易，已拒收。",
        "The platform reported a trade that is unknown here. It was rejected.",
    ),
    Detail.AMOUNT_DIFFERS: Words(
        "平台称交易 {platform_trade_no} 已支付，但金额与订单不符，未入账。",
        "The platform reports trade {platform_trade_no} as paid, but not with the order's amount. It was not settled.",
    ),
    Detail.MONEY_AFTER_END: Words(
        "交易 {platform_trade_no} 的款项在订单结束后到账。",
        "The money of trade {platform_trade_no} came after the order had ended.",
    ),
    Detail.UNDECIDED_FOR_LONG: Words(
        "迟到的款项仍未决定是入账还是退回，已超过规定时间。",
        "Late money still waits for a decision whether it pays the order or goes back, longer than it should.",
    ),
    Detail.PAID_TWICE: Words(
        "订单已支付，又收到交易 {platform_trade_no} 的款项。",
        "The order is paid already, and the money of trade {platform_trade_no} came as well.",
    ),
    Detail.REFUNDED_UNPAID: Words(
        "平台称交易 {platform_trade_no} 已退款，但本系统的订单尚未支付。",
        "The platform says that trade {platform_trade_no} was refunded, but the order here has not been paid.",
    ),
    Detail.BANK_SILENT: Words(
        "银行已受理付款，但超过规定时间仍无结果。",
        "The bank took the payment and has not answered for longer than it should.",
    ),
    Detail.REFUND_OVERDUE: Words(
        "退款未在承诺的 {due_date} 前到账。", "The refund was not back by {due_date}, the day that was named."
    ),
    Detail.REFUND_REFUSED: Words(
        "支付平台拒绝退款，原因代码 {provider_code}。",
        "The platform refuses the refund with the code {provider_code}.",
    ),
    Detail.ROUTE_CLOSED: Words(
        "原支付渠道无法退回（代码 {provider_code}），也没有可用的收款银行账户。",
        "The way the money came is closed (code {provider_code}), and there are no bank details that work.",
    ),
    Detail.RECEIPT_NOT_ISSUED: Words(
        "应于 {due_date} 开具的电子票据至今未开具。", "The receipt that was due on {due_date} has not been issued."
    ),
    Detail.HOLIDAYS_MISSING: Words(
        "{year} 年的节假日安排尚未录入，相关票据日期无法计算。",
        "The public holidays of {year} are not known, so dates of receipts cannot be computed.",
    ),
    Detail.PAID_NOT_SETTLED: Words(
        "{date} 账单显示已支付，本系统订单未结，向平台查询也未得到确认。",
        "The bill of {date} shows a payment of an order that is open here, and asking the platform did not confirm it.",
    ),
    Detail.PAID_BUT_ENDED: Words(
        "{date} 账单显示已支付，但本系统订单已结束。",
        "The bill of {date} shows a payment of an order that has ended here.",
    ),
    Detail.UNKNOWN_TRADE: Words(
        "{date} 账单上有一笔本系统没有的交易。", "The bill of {date} shows a trade that is unknown here."
    ),
    Detail.NOT_ON_BILL: Words(
        "本系统已收款，但 {date} 账单上没有这一笔。", "Paid here, but not on the bill of {date}."
    ),
    Detail.BILL_AMOUNT_DIFFERS: Words(
        "{date} 账单金额与本系统入账金额不符。", "The amount on the bill of {date} is not the amount settled here."
    ),
    Detail.REFUND_DIFFERS: Words(
        "{date} 账单上的退款与本系统的退款不符。", "The refunds on the bill of {date} and here differ."
    ),
    Detail.RECEIPT_MISSING: Words(
        "核对 {date} 的账时发现已到期的电子票据仍未开具。",
        "Reconciling {date} showed that a receipt is due and has not been issued.",
    ),
}
"""What was seen. The names in braces are the facts that come with it."""

DO: Final[Mapping[ExceptionKind, Words]] = {
    ExceptionKind.FORGED_NOTIFICATION: Words(
        "无需处理款项：真实的付款会由系统主动查询得到。若次数较多，请核对平台公钥是否已更换，并查看来源地址。",
        "No money needs attention: a real payment is found by asking the platform. If it happens often, check whether "
        "the platform has changed its key, and where the requests come from.",
    ),
    ExceptionKind.WRONG_MERCHANT: Words(
        "请与支付平台核对通知地址的配置；款项属于其他商户，本系统不入账。",
        "Check with the platform which address is registered for notifications; the money is another merchant's.",
    ),
    ExceptionKind.UNKNOWN_ORDER: Words(
        "请向支付平台查明付款人，属误付的在平台退款，然后写明结果。",
        "Find out from the platform whose payment it is, give it back there if it was a mistake, and note the outcome.",
    ),
    ExceptionKind.WRONG_AMOUNT: Words(
        "请与支付平台核对实收金额。确属错付的，在平台退款；考生可重新支付。处理后写明结果。",
        "Compare the amount with the platform. Give a wrong payment back there; the candidate can then pay again. "
        "Note the outcome.",
    ),
    ExceptionKind.LATE_MONEY: Words(
        "打开订单，决定将款项入账（课程仍空闲时）或退回；系统作出决定后本条自动消失。",
        "Open the order and decide: attach the money, if its courses are still free, or give it back. The entry leaves "
        "the queue with the decision.",
    ),
    ExceptionKind.DOUBLE_MONEY: Words(
        "请在支付平台核对这两笔付款；确属重复的，退回多收的一笔，然后写明结果。",
        "Compare both payments at the platform, give the surplus one back, and note the outcome.",
    ),
    ExceptionKind.STUCK_AT_BANK: Words(
        "打开订单并向支付平台查询；仍无结果的，请联系平台或银行。考生已看到联系方式，请勿让其重复支付。",
        "Open the order and ask the platform again; if it still does not know, call the platform or the bank. The "
        "candidate is shown whom to contact and must not pay again.",
    ),
    ExceptionKind.REFUND_FAILED: Words(
        "请联系支付平台查明原因；必要时线下退款，然后写明结果。",
        "Ask the platform for the reason; if need be, give the money back by other means, and note the outcome.",
    ),
    ExceptionKind.BILL_DIFFERENCE: Words(
        "请与支付平台核对这一笔，更正后重新对账；双方一致后本条自动消失。",
        "Compare it with the platform and reconcile the day again; the entry leaves the queue when both sides agree.",
    ),
    ExceptionKind.RECEIPT_OVERDUE: Words(
        "请联系票据平台催办；开具后本条自动消失。",
        "Ask the receipt portal for it; the entry leaves the queue when the receipt is there.",
    ),
    ExceptionKind.CALENDAR_UNPUBLISHED: Words(
        "国务院办公厅公布安排后，录入该年的休息日和调休上班日，并声明该年已完整；票据日期随即计算。",
        "Once the State Council has published the year, record its days off and make-up working days and declare the "
        "year complete; the dates are computed at once.",
    ),
}
"""What an operator can do, by the kind of trouble."""

DO_ABOUT: Final[Mapping[Detail, Words]] = {
    Detail.ROUTE_CLOSED: Words(
        "请向考生取得收款银行账户并在订单中登记，退款会自动重新发起；无法退到银行卡的，线下退款后写明结果。",
        "Get the candidate's bank details and record them with the order: the refund is then made again by itself. "
        "Where that is not possible, give the money back by other means and note the outcome.",
    ),
    Detail.REFUND_OVERDUE: Words(
        "系统仍在查询这笔退款；请联系支付平台催办，到账后本条自动消失。",
        "The refund is still being asked about; urge the platform. The entry leaves the queue when the money is back.",
    ),
}
"""What an operator can do where what was seen tells more than the kind."""

DO_ONCE_PAID: Final[Mapping[ExceptionKind, Words]] = {
    ExceptionKind.WRONG_AMOUNT: Words(
        "订单已足额支付，考生无需再付。请与支付平台核对金额不符的这一笔，确属错付的在平台退款，然后写明结果。",
        "The order has been paid in full meanwhile; the candidate owes nothing. Compare the other amount with the "
        "platform, give it back there if it was a mistake, and note the outcome.",
    ),
    ExceptionKind.STUCK_AT_BANK: Words(
        "订单已支付，银行已有结果，款项无需处理；请写明结果。",
        "The order has been paid meanwhile: the bank has answered. No money needs attention; note the outcome.",
    ),
    ExceptionKind.LATE_MONEY: Words(
        "订单已支付，考生无需再付。请打开订单核对这笔款项已入账或退回，然后写明结果。",
        "The order has been paid meanwhile; the candidate owes nothing. Open it, see that this money was attached or "
        "given back, and note the outcome.",
    ),
    ExceptionKind.BILL_DIFFERENCE: Words(
        "订单在本系统已支付。请与支付平台核对这一笔，更正后重新对账；双方一致后本条自动消失。",
        "The order is paid here. Compare it with the platform and reconcile the day again; the entry leaves the queue "
        "when both sides agree.",
    ),
}
"""The same once the order it is about is paid: whoever has paid is not asked to pay, and nobody waits for a bank."""

RESOLVED: Final[Mapping[Resolution, Words]] = {
    Resolution.HEALED: Words("双方现已一致，系统自动了结。", "Both sides agree by now; settled by itself."),
    Resolution.LATE_MONEY_DECIDED: Words("款项已入账或退回。", "The money was attached or given back."),
    Resolution.MONEY_IS_BACK: Words("款项已退回。", "The money is back."),
}
"""How what needed nobody in the end was settled."""


def seen(finding: Finding) -> Words:
    """What was seen, in a sentence; empty where another release has recorded a code that this one does not know."""
    return SEEN[finding.detail].with_facts(finding.facts) if finding.detail else Words("", "")


def to_do(finding: Finding, *, paid: bool) -> Words:
    """What an operator can do about it; `paid`: whether its order has been paid by now."""
    known = DO_ABOUT.get(finding.detail) if finding.detail else None
    return known or (DO_ONCE_PAID.get(finding.kind) if paid else None) or DO[finding.kind]
