"""The outcomes of the money timeline in words (PA-11)."""

from collections.abc import Mapping
from typing import Final

from services.payment.domain.bilingual_text import Words

UNDERTAKING: Final = "UNDERTAKING_"
"""Begins the outcome of PAYMENT_STARTED; the accepted version follows."""

OUTCOMES: Final[Mapping[str, Words]] = {
    # states of an order, and answers of the platform about a trade
    "CREATED": Words("已创建", "created"),
    "AWAITING_PAYMENT": Words("待扫码支付", "waiting for payment"),
    "SUBMITTED_TO_BANK": Words("已提交银行", "at the bank"),
    "PAID": Words("已支付", "paid"),
    "EXPIRED": Words("已过期，未支付", "expired, not paid"),
    "CANCELLED": Words("已取消，未支付", "cancelled, not paid"),
    "FAILED": Words("未支付成功", "not paid"),
    "REFUNDING": Words("退款中", "being refunded"),
    "REFUNDED": Words("已退款", "refunded"),
    "UNKNOWN": Words("平台无此交易", "unknown to the platform"),
    "NOT_PAID": Words("尚未支付", "not paid yet"),
    "PAYING": Words("支付处理中", "being paid"),
    "CLOSED": Words("已关闭", "closed"),
    "ALREADY_PAID": Words("已支付，无法关闭", "paid, cannot be closed"),
    "IN_PROGRESS": Words("处理中，稍后再试", "in progress, to be tried again"),
    "UNREACHABLE": Words("未能联系上，将自动重试", "not reached; tried again by itself"),
    # QR codes and notifications
    "OK": Words("成功", "done"),
    "ACCEPTED": Words("已受理", "accepted"),
    "REPEATED": Words("重复通知，无变化", "a repetition, nothing changed"),
    "IGNORED": Words("与收款无关，无变化", "not about money received, nothing changed"),
    # why money is held or was rejected
    "WRONG_AMOUNT": Words("金额不符", "wrong amount"),
    "LATE_MONEY": Words("订单结束后到账", "after the order had ended"),
    "DOUBLE_MONEY": Words("重复到账", "paid twice"),
    "BILL_DIFFERENCE": Words("与平台记录不符", "differs from the platform"),
    # refunds and receipts
    "REQUESTED": Words("已申请", "asked for"),
    "PROCESSING": Words("处理中", "being processed"),
    "SUCCEEDED": Words("已退回", "the money is back"),
    "REFUSED": Words("被拒绝", "refused"),
    "ROUTE_CLOSED": Words("原支付渠道无法退回", "the way the money came is closed"),
    "BANK_ACCOUNT": Words("改退至登记的银行账户", "again, to the bank account on record"),
    "ISSUED": Words("已开具", "issued"),
    "UNKNOWN_TO_PORTAL": Words("票据平台无此申请，将重新申请", "unknown to the portal; asked for again"),
}
"""Every outcome that this service names. Codes of a platform, as for a refused refund, are the platform's own."""

_STARTED: Final = Words("已接受报考承诺书（第 {version} 版）", "the undertaking was accepted, version {version}")
_PLATFORMS: Final = Words("平台代码 {code}", "the platform's code {code}")


def in_words(outcome: str) -> Words:
    """What an outcome means. A code of the platform's own is said to be one."""
    if outcome.startswith(UNDERTAKING):
        return _STARTED.with_facts({"version": outcome.removeprefix(UNDERTAKING)})
    return OUTCOMES.get(outcome) or _PLATFORMS.with_facts({"code": outcome})
