"""WeChat Pay as its rules describe it: a small platform that verifies every request and signs every answer with keys
of its own. It stands in for the real one, which nobody here has met.
"""

import asyncio
import base64
import hashlib
import json
import re
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.payment.config import WeChatConfig

MCHID, APPID, SERIAL, KEY_ID = "1900000109", "wxd678efh567hg6787", "7777777777", "PUB_KEY_ID_0119000001092024"
API_KEY = "0123456789abcdef0123456789abcdef"
AUTHORIZATION = re.compile(r'(\w+)="([^"]*)"')


@dataclass
class WeChat:
    """The platform's books and keys. `cards`: whom refunds were paid out to, as name, number and bank. `unsigned`: its
    next answers carry no signature that verifies.
    """

    folder: Path
    trades: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
    bills: dict[str, str] = field(default_factory=dict)
    cards: list[tuple[str, str, str]] = field(default_factory=list)
    unsigned: bool = False
    wrong_hash: bool = False
    refuse: dict[str, tuple[int, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.key = generate_private_key(65537, 2048)
        ours = generate_private_key(65537, 2048)
        self._ours = ours.public_key()
        (self.folder / "platform").mkdir(parents=True)
        (self.folder / "apiclient_key.pem").write_bytes(
            ours.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        public = self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (self.folder / "platform" / f"{KEY_ID}.pem").write_bytes(public)

    def account(self, base_url: str = "https://example.invalid") -> WeChatConfig:
        """Our account there."""
        return WeChatConfig(
            merchant=MCHID,
            app_id=APPID,
            certificate_serial=SERIAL,
            private_key=self.folder / "apiclient_key.pem",
            api_v3_key=SecretStr(API_KEY),
            platform_keys=self.folder / "platform",
            base_url=base_url,
        )

    def pay(self, out_trade_no: str) -> None:
        """Somebody scans and pays."""
        self.trades[out_trade_no] |= {
            "trade_state": "SUCCESS",
            "transaction_id": f"42000{secrets.randbelow(10**20):020d}",
            "success_time": time.strftime("%Y-%m-%dT%H:%M:%S+08:00", time.gmtime(time.time() + 8 * 3600)),
        }

    def notification(self, out_trade_no: str, **changes: Any) -> tuple[bytes, dict[str, str]]:
        """The body and headers of the notification about a trade."""
        return self.sealed("transaction", {**self.trades[out_trade_no], **changes})

    def sealed(self, kind: str, content: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
        """Something encrypted for us, and signed."""
        nonce = secrets.token_hex(6)
        hidden = AESGCM(API_KEY.encode()).encrypt(nonce.encode(), json.dumps(content).encode(), kind.encode())
        resource = {
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": base64.b64encode(hidden).decode(),
            "associated_data": kind,
            "nonce": nonce,
            "original_type": kind,
        }
        body = json.dumps(
            {"id": secrets.token_hex(8), "event_type": "TRANSACTION.SUCCESS", "resource": resource}
        ).encode()
        return body, self.signed(body)

    def signed(self, body: bytes, key: RSAPrivateKey | None = None) -> dict[str, str]:
        """The headers by which the platform, or whoever holds `key`, vouches for a body."""
        stamp, nonce = str(int(time.time())), secrets.token_hex(16)
        signature = (key or self.key).sign(f"{stamp}\n{nonce}\n".encode() + body + b"\n", PKCS1v15(), SHA256())
        return {
            "wechatpay-timestamp": stamp,
            "wechatpay-nonce": nonce,
            "wechatpay-signature": base64.b64encode(signature).decode(),
            "wechatpay-serial": KEY_ID,
            "wechatpay-signature-type": "WECHATPAY2-SHA256-RSA2048",
        }

    def app(self) -> Starlette:
        """Its HTTP side."""
        trade = "/v3/pay/transactions/out-trade-no/{number}"
        return Starlette(
            routes=[
                Route("/v3/pay/transactions/native", self._guarded(self._create), methods=["POST"]),
                Route(trade, self._guarded(self._query)),
                Route(f"{trade}/close", self._guarded(self._close), methods=["POST"]),
                Route("/v3/refund/domestic/refunds", self._guarded(self._refund), methods=["POST"]),
                Route("/v3/refund/domestic/refunds/{number}", self._guarded(self._query_refund)),
                Route(
                    "/v3/refund/domestic/refunds/{refund_id}/apply-abnormal-refund",
                    self._guarded(self._pay_out),
                    methods=["POST"],
                ),
                Route("/v3/bill/tradebill", self._guarded(self._bill)),
                Route("/v3/billdownload/file", self._file),
            ]
        )

    def _guarded(self, answer: Any) -> Any:
        async def guarded(request: Request) -> Response:
            body = await request.body()
            self._verify(request, body)
            for part, (status, code) in self.refuse.items():
                if part in request.url.path:
                    return self._answer(status, {"code": code, "message": "refused"})
            return self._answer(*answer(request, json.loads(body) if body else {}))

        return guarded

    def _verify(self, request: Request, body: bytes) -> None:
        scheme, _, rest = request.headers["authorization"].partition(" ")
        said = dict(AUTHORIZATION.findall(rest))
        assert (scheme, said["mchid"], said["serial_no"]) == ("WECHATPAY2-SHA256-RSA2048", MCHID, SERIAL)
        assert abs(time.time() - int(said["timestamp"])) < 300
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        lines = f"{request.method}\n{target}\n{said['timestamp']}\n{said['nonce_str']}\n".encode() + body + b"\n"
        self._ours.verify(base64.b64decode(said["signature"]), lines, PKCS1v15(), SHA256())

    def _answer(self, status: int, content: dict[str, Any] | None) -> Response:
        body = b"" if content is None else json.dumps(content, ensure_ascii=False).encode()
        headers = self.signed(body, generate_private_key(65537, 2048) if self.unsigned else None)
        return Response(body, status, headers=headers, media_type="application/json")

    def _create(self, request: Request, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        number = asked["out_trade_no"]
        known = self.trades.setdefault(
            number,
            {
                "mchid": MCHID,
                "appid": APPID,
                "out_trade_no": number,
                "trade_state": "NOTPAY",
                "amount": asked["amount"],
            },
        )
        if known["amount"]["total"] != asked["amount"]["total"]:
            return 400, {"code": "INVALID_REQUEST", "message": "another amount under the same number"}
        if known["trade_state"] == "SUCCESS":
            return 400, {"code": "ORDERPAID", "message": "paid"}
        return 200, {"code_url": f"weixin://wxpay/bizpayurl?pr={number[:9]}"}

    def _query(self, request: Request, _: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        assert request.query_params["mchid"] == MCHID
        known = self.trades.get(request.path_params["number"])
        return (200, known) if known else (404, {"code": "ORDER_NOT_EXIST", "message": "unknown"})

    def _close(self, request: Request, asked: dict[str, Any]) -> tuple[int, dict[str, Any] | None]:
        assert asked == {"mchid": MCHID}
        known = self.trades.get(request.path_params["number"])
        if known is None:
            return 404, {"code": "ORDER_NOT_EXIST", "message": "unknown"}
        if known["trade_state"] == "SUCCESS":
            return 400, {"code": "ORDERPAID", "message": "paid"}
        known["trade_state"] = "CLOSED"
        return 204, None

    def _refund(self, request: Request, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        trade = self.trades[asked["out_trade_no"]]
        assert asked["amount"]["total"] == trade["amount"]["total"]
        if trade["trade_state"] not in ("SUCCESS", "REFUND"):
            return 400, {"code": "INVALID_REQUEST", "message": "not paid"}
        known = self.refunds.setdefault(
            asked["out_refund_no"], {**asked, "refund_id": f"5030{len(self.refunds):025d}", "status": "PROCESSING"}
        )
        trade["trade_state"] = "REFUND"
        return 200, known

    def _query_refund(self, request: Request, _: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        known = self.refunds.get(request.path_params["number"])
        return (200, known) if known else (404, {"code": "RESOURCE_NOT_EXISTS", "message": "unknown"})

    def _pay_out(self, request: Request, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Reads the details with the key that the request names, which is the platform's own secret."""
        assert request.headers["wechatpay-serial"] == KEY_ID
        assert set(asked) == {"out_refund_no", "type", "bank_type", "bank_account", "real_name"}
        assert asked["type"] == "USER_BANK_CARD"
        known = self.refunds[asked["out_refund_no"]]
        assert known["refund_id"] == request.path_params["refund_id"]
        if known["status"] != "ABNORMAL":
            return 400, {"code": "INVALID_REQUEST", "message": "not abnormal"}
        card = tuple(self._decrypted(asked[name]) for name in ("real_name", "bank_account"))
        self.cards.append((*card, asked["bank_type"]))
        known["status"] = "PROCESSING"
        return 200, known

    def _decrypted(self, sealed: str) -> str:
        padding = OAEP(MGF1(SHA1()), SHA1(), None)  # the platform's choice
        return self.key.decrypt(base64.b64decode(sealed), padding).decode()

    def _bill(self, request: Request, _: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        day = request.query_params["bill_date"]
        if day not in self.bills:
            return 400, {"code": "NO_STATEMENT_EXIST", "message": "no trades"}
        digest = hashlib.sha1(self.bills[day].encode()).hexdigest()  # the platform's choice
        url = f"https://api.mch.weixin.qq.com/v3/billdownload/file?token={day}"
        return 200, {"hash_type": "SHA1", "hash_value": "0" * 40 if self.wrong_hash else digest, "download_url": url}

    async def _file(self, request: Request) -> Response:
        self._verify(request, b"")
        return Response(self.bills[request.query_params["token"]].encode(), media_type="text/plain")


@asynccontextmanager
async def serving(platform: WeChat, port: int) -> AsyncIterator[str]:
    """The platform on a port."""
    server = uvicorn.Server(uvicorn.Config(platform.app(), port=port, log_level="error", lifespan="off"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task
