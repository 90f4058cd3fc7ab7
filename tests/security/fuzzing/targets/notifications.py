"""Notifications of payment platforms (PA-5, F-4): anybody can send them, and the platform's signature says little about
what they hold.

The first byte chooses the platform, and whether the rest is signed, as the platform would, or a signature of its own.
"""

import asyncio
import base64
import json
import tempfile
from pathlib import Path
from typing import Final

import httpx
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chassis.clock import SystemClock
from services.payment.adapters.sandbox_platform_client import SandboxAccount, SandboxProvider
from services.payment.adapters.wechat.provider import WeChatProvider
from services.payment.config import WeChatConfig
from services.payment.domain.platform_messages import NUMBER
from services.payment.errors import NotificationForged, NotificationMalformed
from services.payment.ports import PaymentProvider

INSTRUMENTED: Final = ("services.payment.adapters", "services.payment.domain.platform_messages", "json")

PAID: Final = b'{"merchant":"zikao","out_trade_no":"1","state":"SUCCESS","amount_fen":3700,"platform_trade_no":"2",'
SEEDS: Final = (
    b"\0" + PAID + b'"paid_time":"2026-12-01T09:00:00+08:00"}',
    b"\1" + PAID + b'"paid_time":null}',
    b"\2" + b'{"mchid":"1","out_trade_no":"1","trade_state":"SUCCESS","amount":{"total":3700},"transaction_id":"2"}',
    b'\1{"out_trade_no":"a\\u0000"}',
    b'\0{"merchant":"zikao","out_trade_no":"1","state":"SUCCESS","amount_fen":1e999,"platform_trade_no":"2"}',
    b"\0" + b"[" * 4000,
    b"\3" + b'{"resource":{"algorithm":"AEAD_AES_256_GCM","nonce":"0123456789ab","ciphertext":"AA=="}}',
)

API_KEY: Final = "0123456789abcdef0123456789abcdef"
NONCE: Final = "0123456789ab"
KEYS: Final = Path(tempfile.mkdtemp(prefix="zikao-fuzzing-"))
SANDBOX_KEY: Final = Ed25519PrivateKey.generate()
WECHAT_KEY: Final = rsa.generate_private_key(65537, 2048)
KEY_ID: Final = "PUB_KEY_ID_0123456789"


def _public(key: Ed25519PrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _folder(name: str, file: str, key: Ed25519PrivateKey | rsa.RSAPrivateKey) -> Path:
    folder = KEYS / name
    folder.mkdir()
    (folder / file).write_bytes(_public(key))
    return folder


HTTP: Final = httpx.AsyncClient(base_url="http://127.0.0.1:9")
SANDBOX: Final = SandboxProvider(
    SandboxAccount(
        merchant="zikao",
        private_key=KEYS / "none.pem",
        platform_keys=_folder("sandbox", "platform.pub.pem", SANDBOX_KEY),
        notify_url="",
    ),
    HTTP,
    SystemClock(),
)
WECHAT: Final = WeChatProvider(
    WeChatConfig(
        merchant="1",
        app_id="2",
        certificate_serial="3",
        private_key=KEYS / "none.pem",
        api_v3_key=API_KEY,
        platform_keys=_folder("wechat", f"{KEY_ID}.pem", WECHAT_KEY),
    ),
    "",
    HTTP,
    SystemClock(),
)


def run(data: bytes) -> None:
    """It is read, forged, or malformed; what was read can be stored."""
    choice, body = data[0] % 4 if data else 0, data[1:]
    if choice == 0:
        _read(SANDBOX, body, _by_sandbox(body))
    elif choice == 1:
        _read(SANDBOX, body, {"x-sandbox-timestamp": "1", "x-sandbox-signature": body[:100].decode("latin-1")})
    elif choice == 2:
        sealed = AESGCM(API_KEY.encode()).encrypt(NONCE.encode(), body, b"")
        resource = {"algorithm": "AEAD_AES_256_GCM", "nonce": NONCE, "ciphertext": base64.b64encode(sealed).decode()}
        envelope = json.dumps({"resource": resource}).encode()
        _read(WECHAT, envelope, _by_wechat(envelope))
    else:
        _read(WECHAT, body, _by_wechat(body))


def _read(provider: PaymentProvider, body: bytes, headers: dict[str, str]) -> None:
    claimed = provider.claimed_trade(body)
    assert not claimed or NUMBER.fullmatch(claimed)
    try:
        asyncio.run(provider.read_notification(body, headers))
    except (NotificationForged, NotificationMalformed):
        return


def _by_sandbox(body: bytes) -> dict[str, str]:
    signature = SANDBOX_KEY.sign(b"1.notification." + body)
    return {"x-sandbox-timestamp": "1", "x-sandbox-signature": base64.b64encode(signature).decode()}


def _by_wechat(body: bytes) -> dict[str, str]:
    signature = WECHAT_KEY.sign(b"1\n2\n" + body + b"\n", PKCS1v15(), SHA256())
    return {
        "wechatpay-serial": KEY_ID,
        "wechatpay-timestamp": "1",
        "wechatpay-nonce": "2",
        "wechatpay-signature": base64.b64encode(signature).decode(),
    }
