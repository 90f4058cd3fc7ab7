"""Statements and their differences, between the contracts' words and the domain's."""

import base64
import json

from google.api.httpbody_pb2 import HttpBody
from zikao.payment.v1 import resources_pb2

from chassis.rpc.message_mapping import day_of, message_of
from services.payment.domain.bilingual_text import Words
from services.payment.domain.reconciliation import ACTIONS, Day, Difference, Statement


def day(provider: str, text: str) -> Day:
    """The day asked for. Raises InvalidRequest for a date that does not exist."""
    return Day(provider, day_of("date", text))


def statement(said: Statement) -> resources_pb2.Statement:
    """A statement."""
    return message_of(
        resources_pb2.Statement,
        said.totals,
        provider=said.day.provider,
        date=said.day.date.isoformat(),
        state=said.state.value,
        key_id=said.key_id,
        signature=said.signature,
        awaited_receipt_count=said.totals.awaited_count,
        awaited_receipt_fen=said.totals.awaited_fen,
        create_time=said.create_time,
    )


def difference(said: Difference) -> resources_pb2.Difference:
    """A difference."""
    words = ACTIONS[said.action] if said.action else Words("", "")
    return message_of(resources_pb2.Difference, said, action_zh=words.zh, action_en=words.en)


def as_json(said: Statement) -> HttpBody:
    """The signed document with its signature beside it: `statement` is, byte for byte, what was signed."""
    beside = json.dumps({"keyId": said.key_id, "signature": base64.b64encode(said.signature).decode()})
    return HttpBody(
        content_type="application/json", data=beside[:-1].encode() + b', "statement": ' + said.document + b"}"
    )


def as_page(page: bytes) -> HttpBody:
    """A page for people."""
    return HttpBody(content_type="text/html; charset=utf-8", data=page)
