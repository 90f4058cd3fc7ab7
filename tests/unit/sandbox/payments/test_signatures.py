"""Who may speak under `/pay`, and what a signature is good for (PA-5)."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from sandbox.payments.signatures import NOTIFICATION, PlatformKey, answer_subject, canonical, open_keys
from sandbox.web.refusals import Refused

NOW = datetime(2026, 10, 1, 4, tzinfo=UTC)
BODY = '{"subject": "报名费"}'.encode()
SUBJECT = "POST /pay/orders?a=%20b"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def keys(folder):
    return open_keys(folder)


@pytest.fixture(scope="module")
def merchant_key(folder, keys) -> Ed25519PrivateKey:
    return load_pem_private_key((folder / "sandbox" / "merchants" / "zikao.pem").read_bytes(), None)


def signed(key: Ed25519PrivateKey, at: datetime = NOW, merchant: str = "zikao") -> dict[str, str]:
    timestamp = str(int(at.timestamp()))
    signature = key.sign(timestamp.encode() + b"." + SUBJECT.encode() + b"." + BODY)
    return {
        "x-sandbox-merchant": merchant,
        "x-sandbox-timestamp": timestamp,
        "x-sandbox-signature": base64.b64encode(signature).decode(),
    }


def test_a_signed_request_tells_its_merchant(keys, merchant_key):
    assert keys[1].verify(signed(merchant_key), SUBJECT, BODY, NOW) == "zikao"


@pytest.mark.parametrize("seconds", [-300, 300])
def test_clocks_may_differ_a_little(keys, merchant_key, seconds):
    assert keys[1].verify(signed(merchant_key, NOW + timedelta(seconds=seconds)), SUBJECT, BODY, NOW) == "zikao"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"x-sandbox-merchant": ""}, "SIGNATURE_MISSING"),
        ({"x-sandbox-timestamp": ""}, "SIGNATURE_MISSING"),
        ({"x-sandbox-signature": ""}, "SIGNATURE_MISSING"),
        ({"x-sandbox-timestamp": "soon"}, "TIMESTAMP_MALFORMED"),
        ({"x-sandbox-timestamp": "１７"}, "TIMESTAMP_MALFORMED"),
        ({"x-sandbox-timestamp": "-5"}, "TIMESTAMP_MALFORMED"),
        ({"x-sandbox-timestamp": str(int(NOW.timestamp()) - 301)}, "TIMESTAMP_OUT_OF_WINDOW"),
        ({"x-sandbox-timestamp": str(int(NOW.timestamp()) + 301)}, "TIMESTAMP_OUT_OF_WINDOW"),
        ({"x-sandbox-timestamp": str(int(NOW.timestamp()) + 1)}, "SIGNATURE_INVALID"),
        ({"x-sandbox-merchant": "nobody"}, "MERCHANT_UNKNOWN"),
        ({"x-sandbox-signature": "!"}, "SIGNATURE_INVALID"),
        ({"x-sandbox-signature": base64.b64encode(b"short").decode()}, "SIGNATURE_INVALID"),
    ],
    ids=str,
)
def test_what_proves_nothing_is_refused(keys, merchant_key, change, reason):  # F-4
    with pytest.raises(Refused) as refused:
        keys[1].verify(signed(merchant_key) | change, SUBJECT, BODY, NOW)
    assert (refused.value.status, refused.value.reason) == (401, reason)


@pytest.mark.parametrize(("subject", "body"), [("POST /pay/refunds", BODY), (SUBJECT, BODY + b" ")])
def test_a_signature_is_good_for_one_message(keys, merchant_key, subject, body):  # F-4
    with pytest.raises(Refused, match="SIGNATURE_INVALID"):
        keys[1].verify(signed(merchant_key), subject, body, NOW)


def test_an_answer_cannot_be_passed_off_as_a_notification(keys):  # F-4
    headers = keys[0].headers(NOW, answer_subject(200, "GET /pay/orders/1"), BODY)
    signature, timestamp = base64.b64decode(headers["x-sandbox-signature"]), headers["x-sandbox-timestamp"]
    public = keys[0].private.public_key()
    public.verify(signature, canonical(timestamp, "answer 200 GET /pay/orders/1", BODY))
    with pytest.raises(InvalidSignature):
        public.verify(signature, canonical(timestamp, NOTIFICATION, BODY))


def test_keys_are_made_once_and_kept(folder, keys):
    again, merchants = open_keys(folder)
    assert (again.key_id, set(merchants.keys)) == (keys[0].key_id, {"zikao"})
    assert (folder / "sandbox" / "platform.pem").stat().st_mode & 0o077 == 0
    assert PlatformKey.generate().key_id != again.key_id


def test_every_public_key_registers_a_merchant(tmp_path):
    folder = tmp_path / "sandbox" / "merchants"
    folder.mkdir(parents=True)
    (folder / "zikao.pub.pem").write_bytes(PlatformKey.generate().public_pem)
    (folder / "other.pub.pem").write_bytes(PlatformKey.generate().public_pem)
    assert set(open_keys(tmp_path)[1].keys) == {"zikao", "other"}
    assert not (folder / "zikao.pem").exists()
