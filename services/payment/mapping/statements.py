"""Statements and their differences, between the contracts' words and the domain's."""

import base64
import json

from google.api.httpbody_pb2 import HttpBody
from zikao.payment.v1 import resources_pb2

from services.payment.domain.bilingual_text import Words
from services.payment.domain.reconciliation import ACTIONS, Day, Difference, Statement
from services.payment.mapping.timestamps import instant, parsed_day


def day(provider: str, text: str) -> Day:
    """The day asked for. Raises InvalidRequest for a date that does not exist."""
    return Day(provider, parsed_day(text, "date"))


def statement(said: Statement) -> resources_pb2.Statement:
    """A statement."""
    totals = said.totals
    return resources_pb2.Statement(
        provider=said.day.provider,
        date=said.day.date.isoformat(),
        state=said.state.value,
        bill_line_count=totals.bill_line_count,
        bill_paid_fen=totals.bill_paid_fen,
        bill_refunded_fen=totals.bill_refunded_fen,
        order_count=totals.order_count,
        order_paid_fen=totals.order_paid_fen,
        order_refunded_fen=totals.order_refunded_fen,
        receipt_count=totals.receipt_count,
        receipt_fen=totals.receipt_fen,
        difference_count=totals.difference_count,
        healed_count=totals.healed_count,
        key_id=said.key_id,
        signature=said.signature,
        surplus_count=totals.surplus_count,
        surplus_fen=totals.surplus_fen,
        awaited_receipt_count=totals.awaited_count,
        awaited_receipt_fen=totals.awaited_fen,
        create_time=instant(said.create_time),
    )


def difference(said: Difference) -> resources_pb2.Difference:
    """A difference."""
    words = ACTIONS[said.action] if said.action else Words("", "")
    return resources_pb2.Difference(
        kind=said.kind.value,
        order_id=said.order_id,
        out_trade_no=said.out_trade_no,
        out_refund_no=said.out_refund_no,
        order_fen=said.order_fen,
        bill_fen=said.bill_fen,
        healed=said.healed,
        action=said.action.value if said.action else "",
        action_zh=words.zh,
        action_en=words.en,
        exception_id=said.exception_id,
    )


def as_json(said: Statement) -> HttpBody:
    """The signed document with its signature beside it: `statement` is, byte for byte, what was signed."""
    beside = json.dumps({"keyId": said.key_id, "signature": base64.b64encode(said.signature).decode()})
    return HttpBody(
        content_type="application/json", data=beside[:-1].encode() + b', "statement": ' + said.document + b"}"
    )


def as_page(page: bytes) -> HttpBody:
    """A page for people."""
    return HttpBody(content_type="text/html; charset=utf-8", data=page)
