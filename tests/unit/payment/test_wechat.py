"""The adapter's arithmetic against the examples that the platform publishes with its rules and its own SDKs (PA-13)."""

from datetime import UTC, datetime

import pytest
from cryptography.exceptions import InvalidTag

from services.payment.clients.wechat.bill import columns, fen, read_line
from services.payment.clients.wechat.keys import answer_text, decrypt, request_text

NAMES = columns(
    "\ufeff交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,"
    "代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
PAID = (
    "`2021-01-28 17:07:11,`wx81be3101902f7cb2,`1601959334,`0,`,`4200000925202101284997714292,`S20210128170702357723,"
    "`ofyak5qR_1wYsC99CsWA6R9MJazA,`NATIVE,`SUCCESS,`OTHERS,`CNY,`0.01,`0.00,`0,`0,`0.00,`0.00,`,`,`for testing,"
    "`cipher code,`0.00000,`1.00%,`0.01,`0.00,`"
)


def test_a_request_is_signed_over_five_lines():
    text = request_text("GET", "/v3/certificates", "1554208460", "593BEC0C930BF1AFEB40B4A08C8FB242", b"")
    assert text == b"GET\n/v3/certificates\n1554208460\n593BEC0C930BF1AFEB40B4A08C8FB242\n\n"


def test_an_answer_is_signed_over_three_lines():
    text = answer_text("1554209980", "c5ac7061fccab6bf3e254dcf98995b8c", b"{}")
    assert text == b"1554209980\nc5ac7061fccab6bf3e254dcf98995b8c\n{}\n"


def test_what_the_platforms_sdk_decrypts_is_decrypted():
    said = decrypt(
        b"testAPIv3Key0000",
        "wCq51qZv4Yfg",
        "Dl56FrqWQJF1t9LtC3vEUsniZKvbqdR8",
        "FsdXzxryWfKwvLJKf8LG/ToRPTRh8RN9wROC",
    )
    assert said == b"Hello World"


@pytest.mark.parametrize("key", [b"testAPIv3Key1111", b"testAPIv3Key0001"])
def test_another_key_decrypts_nothing(key):
    with pytest.raises(InvalidTag):
        decrypt(key, "wCq51qZv4Yfg", "Dl56FrqWQJF1t9LtC3vEUsniZKvbqdR8", "FsdXzxryWfKwvLJKf8LG/ToRPTRh8RN9wROC")


def test_a_published_line_of_a_bill_is_read():  # PA-10
    line = read_line(NAMES, PAID)
    assert line is not None
    assert (line.kind, line.out_trade_no, line.amount_fen) == ("PAYMENT", "S20210128170702357723", 1)
    assert line.platform_trade_no == "4200000925202101284997714292"
    assert line.time == datetime(2021, 1, 28, 9, 7, 11, tzinfo=UTC)


def test_a_refund_is_read_with_its_number_and_one_that_failed_is_not():  # PA-10
    fields = PAID.split(",")
    for name, said in {
        "交易状态": "REFUND",
        "商户退款单号": "r-1",
        "退款状态": "SUCCESS",
        "申请退款金额": "0.01",
    }.items():
        fields[NAMES.index(name)] = f"`{said}"
    refund = ",".join(fields)
    line = read_line(NAMES, refund)
    assert line is not None
    assert (line.kind, line.out_refund_no, line.amount_fen) == ("REFUND", "r-1", 1)
    assert read_line(NAMES, refund.replace("`SUCCESS", "`FAIL")) is None


@pytest.mark.parametrize(("yuan", "expected"), [("0.01", 1), ("70.00", 7000), ("0.29", 29), ("1234567.89", 123456789)])
def test_yuan_are_fen_without_rounding(yuan, expected):  # PA-8
    assert fen(yuan) == expected
