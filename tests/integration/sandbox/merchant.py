"""A merchant: signs what it asks and believes only what the platform has signed."""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from tests.integration.sandbox.notification_receiver import Heard, Receiver

FEE = 7000


class Unsigned(Exception):
    """The platform has not signed this."""


@dataclass(frozen=True)
class Answer:
    """A signed answer."""

    status: int
    content: dict[str, Any]
    body: bytes = b""

    @property
    def reason(self) -> str:
        return self.content["error"]["reason"] if "error" in self.content else ""


class Merchant:
    """Speaks under `/pay`, and presses the pay page's buttons."""

    def __init__(self, keys_dir: Path, http: httpx.AsyncClient, receiver: Receiver) -> None:
        folder = keys_dir / "sandbox"
        key = load_pem_private_key((folder / "merchants" / "zikao.pem").read_bytes(), None)
        assert isinstance(key, Ed25519PrivateKey)
        self.key = key
        self.platform: Any = load_pem_public_key((folder / "platform.pub.pem").read_bytes())
        self.http = http
        self.receiver = receiver

    def order(self, **changes: Any) -> dict[str, Any]:
        """The body of an order."""
        return {
            "merchant": "zikao",
            "out_trade_no": secrets.token_hex(12),
            "amount_fen": FEE,
            "subject": "自学考试报名费",
            "notify_url": self.receiver.url,
            "expire_time": (datetime.now(UTC) + timedelta(minutes=30)).isoformat(),
        } | changes

    async def create(self, **changes: Any) -> dict[str, Any]:
        """A new order, as the platform answers it."""
        answer = await self.call("POST", "/pay/orders", self.order(**changes))
        assert answer.status == 200, answer.content
        return answer.content

    async def paid(self, **changes: Any) -> dict[str, Any]:
        """A new order that somebody has paid."""
        order = await self.create(**changes)
        return (await self.press(order, "pay")).raise_for_status().json()

    async def refund(self, order: Mapping[str, Any], amount_fen: int, number: str | None = None) -> Answer:
        body = {"out_refund_no": number or secrets.token_hex(12), "out_trade_no": order["out_trade_no"]}
        return await self.call("POST", "/pay/refunds", body | {"amount_fen": amount_fen})

    async def query(self, order: Mapping[str, Any]) -> Answer:
        return await self.call("GET", f"/pay/orders/{order['out_trade_no']}")

    async def close(self, order: Mapping[str, Any]) -> Answer:
        return await self.call("POST", f"/pay/orders/{order['out_trade_no']}:close")

    async def press(self, order: Mapping[str, Any], button: str, **how: bool) -> httpx.Response:
        return await self.http.post(f"/scan/{order['platform_trade_no']}/{button}", json=how or None)

    async def listed(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """The order as people see it, with its deliveries."""
        answer = await self.http.get("/orders", params={"out_trade_no": order["out_trade_no"]})
        [found] = answer.raise_for_status().json()["orders"]
        return found

    async def fault(self, scope: str, target: str, kind: str, **more: float) -> None:
        answer = await self.http.put(f"/faults/{scope}", json={"target": target, "kind": kind, **more})
        answer.raise_for_status()

    async def call(self, method: str, target: str, content: dict[str, Any] | None = None, **headers: str) -> Answer:
        """A signed request and its verified answer. `headers` replace what would be sent. Raises Unsigned."""
        body = b"" if content is None else json.dumps(content, ensure_ascii=False).encode()
        sent = self.signed(f"{method} {target}", body) | {k.replace("_", "-"): v for k, v in headers.items()}
        response = await self.http.request(method, target, content=body or None, headers=sent)
        digest = hashlib.sha256(response.content).hexdigest()
        is_bill = "x-sandbox-digest" in response.headers
        if is_bill and response.headers["x-sandbox-digest"] != digest:
            raise Unsigned("the bill is not what has been signed")
        subject = f"answer {response.status_code} {method} {target}"
        self.verify(response.headers, subject, digest.encode() if is_bill else response.content)
        return Answer(response.status_code, {} if is_bill else response.json(), response.content)

    def signed(self, subject: str, body: bytes) -> dict[str, str]:
        timestamp = str(int(time.time()))
        signature = self.key.sign(f"{timestamp}.{subject}.".encode() + body)
        return {
            "x-sandbox-merchant": "zikao",
            "x-sandbox-timestamp": timestamp,
            "x-sandbox-signature": base64.b64encode(signature).decode(),
        }

    def verify(self, headers: Mapping[str, str], subject: str, body: bytes) -> None:
        """Raises Unsigned."""
        message = f"{headers['x-sandbox-timestamp']}.{subject}.".encode() + body
        try:
            self.platform.verify(base64.b64decode(headers["x-sandbox-signature"]), message)
        except InvalidSignature as error:
            raise Unsigned(subject) from error

    def believes(self, heard: Heard) -> bool:
        """Whether the platform has signed a notification."""
        try:
            self.verify(heard.headers, "notification", heard.body)
        except Unsigned:
            return False
        return True


Act = Callable[[Merchant, dict[str, Any]], Any]
