"""The adapter's arithmetic against the examples that the platform publishes with its rules and its own SDKs (PA-13)."""

import base64
import re
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from pydantic import SecretStr

from services.payment.adapters.wechat.banks import bank_type
from services.payment.adapters.wechat.bill import columns, fen, read_line
from services.payment.adapters.wechat.keys import TooLong, Undecipherable, WeChatKeys
from services.payment.config import WeChatConfig

NAMES = columns(
    "\ufeff交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,"
    "代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
PAID = (
    "`2021-01-28 17:07:11,`wx81be3101902f7cb2,`1601959334,`0,`,`4200000925202101284997714292,`S20210128170702357723,"
    "`ofyak5qR_1wYsC99CsWA6R9MJazA,`NATIVE,`SUCCESS,`OTHERS,`CNY,`0.01,`0.00,`0,`0,`0.00,`0.00,`,`,`for testing,"
    "`cipher code,`0.00000,`1.00%,`0.01,`0.00,`"
)


POSTED = (
    '{"appid":"wxd678efh567hg6787","mchid":"1900007291","description":"Image形象店-深圳腾大-QQ公仔",'
    '"out_trade_no":"1217752501201407033233368018","notify_url":"https://www.weixin.qq.com/wxpay/pay.php",'
    '"amount":{"total":100,"currency":"CNY"},"payer":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}}'
)
AUTHORIZATION = re.compile(
    r'WECHATPAY2-SHA256-RSA2048 mchid="1900007291",'
    r'nonce_str="(?P<nonce>[0-9A-F]{32})",signature="(?P<signature>[^"]+)",'
    r'timestamp="(?P<timestamp>[0-9]{10})",serial_no="408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB"'
)


@pytest.fixture(scope="module")
def ours() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def platforms() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


@pytest.fixture
def keys(tmp_path, ours, platforms) -> WeChatKeys:
    private, folder = tmp_path / "apiclient_key.pem", tmp_path / "platform"
    private.write_bytes(ours.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    folder.mkdir()
    public = platforms.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / "PUB_KEY_ID_1.pem").write_bytes(public)
    serial = "408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB"
    account = WeChatConfig(
        merchant="1900007291",
        app_id="wx1",
        certificate_serial=serial,
        private_key=private,
        api_v3_key=SecretStr("testAPIv3Key0000"),
        platform_keys=folder,
    )
    return WeChatKeys(account)


@pytest.mark.parametrize(
    ("method", "target", "body", "published"),
    [
        (
            "GET",
            "/v3/refund/domestic/refunds/123123123123",
            "",
            "GET\n/v3/refund/domestic/refunds/123123123123\n1554208460\n593BEC0C930BF1AFEB40B4A08C8FB242\n\n",
        ),
        (
            "POST",
            "/v3/pay/transactions/jsapi",
            POSTED,
            f"POST\n/v3/pay/transactions/jsapi\n1554208460\n593BEC0C930BF1AFEB40B4A08C8FB242\n{POSTED}\n",
        ),
    ],
    ids=["without a body", "with a body"],
)
def test_a_request_is_signed_as_published(keys, ours, method, target, body, published):
    said = AUTHORIZATION.fullmatch(keys.authorization(method, target, body))
    assert said is not None
    text = published.replace("1554208460", said["timestamp"]).replace("593BEC0C930BF1AFEB40B4A08C8FB242", said["nonce"])
    ours.public_key().verify(base64.b64decode(said["signature"]), text.encode(), PKCS1v15(), SHA256())


def test_an_answer_is_verified_over_three_lines_as_published(keys, platforms):
    text = b"1554209980\nc5ac7061fccab6bf3e254dcf98995b8c\n{}\n"
    headers = {
        "wechatpay-timestamp": "1554209980",
        "wechatpay-nonce": "c5ac7061fccab6bf3e254dcf98995b8c",
        "wechatpay-serial": "PUB_KEY_ID_1",
        "wechatpay-signature": base64.b64encode(platforms.sign(text, PKCS1v15(), SHA256())).decode(),
    }
    assert keys.signed_by_platform(headers, b"{}")
    assert not keys.signed_by_platform(headers, b"{ }")
    assert not keys.signed_by_platform(headers, b"\xff")
    assert not keys.signed_by_platform({}, b"{}")


SEALED = {
    "algorithm": "AEAD_AES_256_GCM",
    "nonce": "wCq51qZv4Yfg",
    "associated_data": "Dl56FrqWQJF1t9LtC3vEUsniZKvbqdR8",
    "ciphertext": "FsdXzxryWfKwvLJKf8LG/ToRPTRh8RN9wROC",
}
"""What the tests of the platform's own SDKs decrypt."""


def test_what_the_platforms_sdk_decrypts_is_decrypted(keys):
    assert keys.decrypted(SEALED) == "Hello World"


@pytest.mark.parametrize(
    "spoilt",
    [{"associated_data": "x"}, {"ciphertext": "AAAA"}, {"ciphertext": "?"}, {"algorithm": "none"}, {"nonce": "short"}],
    ids=lambda spoilt: "-".join(spoilt) + str(len(str(spoilt))),
)
def test_what_is_not_sealed_for_us_is_undecipherable(keys, spoilt):  # F-4
    with pytest.raises(Undecipherable):
        keys.decrypted(SEALED | spoilt)


def test_personal_data_is_encrypted_so_that_only_the_platform_reads_it(keys, platforms):  # PA-12
    sealed = keys.for_secrets.encrypted("王小明")
    assert keys.for_secrets.key_id == "PUB_KEY_ID_1"
    assert platforms.decrypt(base64.b64decode(sealed), OAEP(MGF1(SHA1()), SHA1(), None)).decode() == "王小明"
    with pytest.raises(TooLong):
        keys.for_secrets.encrypted("长" * 100)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("中国工商银行上海分行", "ICBC_DEBIT"),
        ("工行", "ICBC_DEBIT"),
        ("中国银行股份有限公司", "BOC_DEBIT"),
        ("中国农业银行", "ABC_DEBIT"),
        ("中国农业发展银行", None),
        (" 上海浦东发展银行徐汇支行", "SPDB_DEBIT"),
        ("中国邮政储蓄银行", "PSBC_DEBIT"),
        ("招商银行", "CMB_DEBIT"),
        ("宁波银行", "NBCB_DEBIT"),
        ("上海农商银行", None),
        ("示例银行（原中国银行）", None),
    ],
)
def test_a_bank_is_known_by_how_its_name_begins(name, expected):  # PA-12
    assert bank_type(name) == expected


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
