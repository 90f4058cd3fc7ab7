"""Statements as pages that people read and print (PA-10): one file without scripts, style included."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from chassis.clock import SHANGHAI
from services.payment.domain.bilingual_text import Words
from services.payment.domain.reconciliation import ACTIONS, Statement

KINDS: Final[Mapping[str, Words]] = {
    "PAID_NOT_SETTLED": Words("平台已收款，本系统未入账", "Paid at the platform, not settled here"),
    "PAID_BUT_ENDED": Words("平台已收款，订单已结束", "Paid at the platform, the order has ended"),
    "UNKNOWN_TRADE": Words("本系统无此交易", "Unknown here"),
    "NOT_ON_BILL": Words("本系统已收款，账单无此笔", "Paid here, not on the bill"),
    "AMOUNT_DIFFERS": Words("金额不符", "The amounts differ"),
    "REFUND_DIFFERS": Words("退款不符", "The refund differs"),
    "RECEIPT_MISSING": Words("票据逾期未开具", "The receipt is overdue"),
}


def yuan(fen: int) -> str:
    """An amount as people write it."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def local(time: str) -> str:
    """An instant of a document as clocks in Shanghai show it."""
    return datetime.fromisoformat(time).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def _pages() -> Environment:
    pages = Environment(
        loader=PackageLoader("services.payment.adapters", "pages"), autoescape=True, undefined=StrictUndefined
    )
    pages.filters["yuan"] = yuan
    pages.filters["local"] = local
    return pages


_PAGES: Final = _pages()


def statement_page(statement: Statement) -> bytes:
    """The page of a statement that was drawn up: exactly what its signed document says."""
    content: Mapping[str, Any] = json.loads(statement.document)
    shown = _PAGES.get_template("statement.html").render(
        said=content,
        totals=content["totals"],
        kinds=KINDS,
        actions={action.value: words for action, words in ACTIONS.items()},
        key_id=statement.key_id,
        signature=statement.signature.hex(),
    )
    return shown.encode()
