"""Whatever payment shows to people is there in both languages (GW-3, PA-8, PA-11)."""

import ast
import itertools
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter

import pytest

from services.payment import usecases
from services.payment.adapters.statement_html import KINDS
from services.payment.domain.bilingual_text import UNKNOWN_FACT, Words
from services.payment.domain.exception_words import DO, DO_ABOUT, DO_ONCE_PAID, RESOLVED, SEEN, seen, to_do
from services.payment.domain.operator_queue import (
    Detail,
    ExceptionKind,
    ExceptionState,
    Finding,
    QueueEntry,
    Resolution,
)
from services.payment.domain.orders import OrderState
from services.payment.domain.platform_messages import CloseAnswer, RefundAnswer, Trade, TradeState
from services.payment.domain.reconciliation import ACTIONS, TO_DO, Action, DifferenceKind
from services.payment.domain.timeline import Source
from services.payment.domain.timeline_words import OUTCOMES, UNDERTAKING, in_words
from services.payment.domain.verdicts import NewsChannel, PaymentNews, Step, Verdict, heard
from tests.unit.payment.invented_orders import awaiting

CHINESE = re.compile(r"[\u4e00-\u9fff]")
ENGLISH = re.compile(r"[a-z]{3,}")
TABLES = {
    "seen": SEEN,
    "do": DO,
    "do about": DO_ABOUT,
    "do once paid": DO_ONCE_PAID,
    "resolved": RESOLVED,
    "actions": ACTIONS,
    "outcomes": OUTCOMES,
}
TEXTS = [(f"{name}: {code}", words) for name, table in TABLES.items() for code, words in table.items()]
SEEN_AT = datetime(2026, 10, 12, tzinfo=UTC)
CODE = re.compile(r"[A-Z]+(_[A-Z]+)*_?")


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("words", [words for _, words in TEXTS], ids=[name for name, _ in TEXTS])
def test_a_text_is_chinese_in_chinese_and_english_in_english(words: Words):
    assert CHINESE.search(words.zh)
    assert not ENGLISH.search(re.sub(r"\{\w+\}", "", words.zh))
    assert not CHINESE.search(words.en)
    assert ENGLISH.search(words.en)
    assert fields(words.zh) == fields(words.en)


def test_every_code_has_its_words():
    assert set(SEEN) == set(Detail)
    assert set(DO) == set(ExceptionKind)
    assert set(RESOLVED) == set(Resolution)
    assert set(ACTIONS) == set(Action)
    assert set(TO_DO) == set(DifferenceKind)
    assert {DifferenceKind(kind) for kind in KINDS} == set(DifferenceKind)


def codes_in_use_cases() -> Iterator[tuple[str, str]]:
    for file in sorted(Path(usecases.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
                yield file.name, node.value


def test_every_outcome_on_a_timeline_has_its_words():  # PA-11
    answers = [one.value for kind in (OrderState, TradeState, CloseAnswer, RefundAnswer) for one in kind]
    assert not [code for code in answers if code not in OUTCOMES]
    assert not [(file, code) for file, code in codes_in_use_cases() if code not in OUTCOMES]
    for step, channel in itertools.product(Step, NewsChannel):
        news, verdict = PaymentNews(Trade("t", TradeState.PAID), channel, Source.PROVIDER), Verdict(step)
        assert heard(awaiting(), news, verdict).outcome in OUTCOMES


def test_an_outcome_that_is_the_platforms_own_code_is_said_to_be_one():
    assert in_words("USER_ACCOUNT_ABNORMAL") == Words(
        "平台代码 USER_ACCOUNT_ABNORMAL", "the platform's code USER_ACCOUNT_ABNORMAL"
    )
    assert in_words(f"{UNDERTAKING}2026-1") == Words(
        "已接受报考承诺书（第 2026-1 版）", "the undertaking was accepted, version 2026-1"
    )


@pytest.mark.parametrize("kind", ExceptionKind)
def test_nobody_is_told_to_pay_or_to_wait_for_a_bank_once_the_order_is_paid(kind):  # PA-4, PA-8
    advice = to_do(Finding(kind, "o", detail=None), paid=True)
    assert "重新支付" not in advice.zh
    assert "仍无结果" not in advice.zh
    assert "can then pay" not in advice.en
    assert "must not pay" not in advice.en


def test_a_closed_way_back_asks_for_bank_details_and_another_refusal_does_not():  # PA-12
    closed = Finding(ExceptionKind.REFUND_FAILED, "r", detail=Detail.ROUTE_CLOSED, facts={"provider_code": "ABNORMAL"})
    refused = Finding(ExceptionKind.REFUND_FAILED, "r", detail=Detail.REFUND_REFUSED)
    assert "bank details" in to_do(closed, paid=True).en
    assert "bank details" not in to_do(refused, paid=True).en
    assert "ABNORMAL" in seen(closed).zh
    assert UNKNOWN_FACT in seen(refused).zh


@pytest.mark.parametrize(
    ("by", "note", "expected"),
    [("zikao", "HEALED", Resolution.HEALED), ("zikao", "a sentence", None), ("operator-1", "HEALED", None)],
)
def test_only_the_system_settles_by_a_code(by, note, expected):
    entry = QueueEntry(
        exception_id="e",
        kind=ExceptionKind.BILL_DIFFERENCE,
        about="b",
        detail=Detail.NOT_ON_BILL,
        state=ExceptionState.RESOLVED,
        occurrence_count=1,
        create_time=SEEN_AT,
        last_time=SEEN_AT,
        version=1,
        resolved_by=by,
        resolution_note=note,
    )
    assert entry.resolution is expected
