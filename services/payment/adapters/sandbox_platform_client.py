"""Adapter for the simulated public-payment platform (公共支付), as docs/sandbox.md describes it (PA-13).

Requests are signed with the merchant's key; answers and notifications are believed only when the platform's key has
signed them. What cannot be believed counts as no answer: whether the platform did what it was asked is then unknown,
and asking again is safe (F-9).
"""

import base64
import csv
import hashlib
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import httpx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from chassis.clock import Clock
from chassis.telemetry.logs import get_logger
from services.payment.adapters.platform_http import UNREADABLE, PlatformAnswer, answered, answering, lines, merchant_key
from services.payment.config import Config
from services.payment.domain.platform_messages import (
    NUMBER,
    Acknowledgement,
    BillLine,
    CloseAnswer,
    NewTrade,
    Notification,
    QrCode,
    RefundAnswer,
    Trade,
    TradeState,
)
from services.payment.domain.refunds import BankAccount
from services.payment.errors import (
    NotificationForged,
    NotificationMalformed,
    PaymentRefused,
    ProviderUnavailable,
)
from services.payment.ports import RefundRefused

_log = get_logger(__name__)

NAME: Final = "sandbox"
_STATES: Final = {
    "NOTPAY": TradeState.NOT_PAID,
    "USERPAYING": TradeState.PAYING,
    "SUCCESS": TradeState.PAID,
    "CLOSED": TradeState.CLOSED,
    "REFUND": TradeState.REFUNDED,
}
_CLOSE_REFUSED: Final = {
    "ORDER_PAID": CloseAnswer.ALREADY_PAID,
    "ORDER_BEING_PAID": CloseAnswer.IN_PROGRESS,
    "ORDER_UNKNOWN": CloseAnswer.CLOSED,
}
_TOTAL: Final = "TOTAL"


@dataclass(frozen=True, slots=True)
class SandboxAccount:
    """Who we are at the platform, and where it reaches us. Every `platform*.pub.pem` in `platform_keys` is believed."""

    merchant: str
    private_key: Path
    platform_keys: Path
    notify_url: str


def sandbox_account(config: Config) -> SandboxAccount:
    """Our account as it is configured; keys lie in the keys folder unless told otherwise."""
    keys, ours = config.keys_dir / "sandbox", config.sandbox
    return SandboxAccount(
        merchant=ours.merchant,
        private_key=ours.private_key or keys / "merchants" / f"{ours.merchant}.pem",
        platform_keys=ours.platform_keys or keys,
        notify_url=config.notify_url(NAME, ours.notify_url),
    )


class SandboxKeys:
    """Our key and the platform's, read at first use: the platform may start after us, and its keys may be replaced."""

    def __init__(self, account: SandboxAccount) -> None:
        self._account = account
        self._public: list[Ed25519PublicKey] = []

    def sign(self, message: bytes) -> str:
        """Our signature in base64. Raises ProviderUnavailable while there is no key."""
        return base64.b64encode(self._private_key.sign(message)).decode()

    @cached_property
    def _private_key(self) -> Ed25519PrivateKey:
        key = load_pem_private_key(merchant_key(self._account.private_key), None)
        assert isinstance(key, Ed25519PrivateKey)
        return key

    def signed_by_platform(self, headers: Mapping[str, str], subject: str, body: bytes) -> bool:
        """Whether the platform has signed `body` for `subject`. Raises ProviderUnavailable while it has no key here."""
        message = f"{headers.get('x-sandbox-timestamp', '')}.{subject}.".encode() + body
        try:
            signature = base64.b64decode(headers.get("x-sandbox-signature", ""), validate=True)
        except ValueError:  # not base64, or not even ASCII
            return False
        known = self._public or self._read_again()
        return _verifies(known, signature, message) or _verifies(self._read_again(), signature, message)

    def _read_again(self) -> list[Ed25519PublicKey]:
        files = sorted(self._account.platform_keys.glob("platform*.pub.pem"))
        if not files:
            _log.error("platform_key_missing", path=str(self._account.platform_keys))
            raise ProviderUnavailable()
        keys = [load_pem_public_key(file.read_bytes()) for file in files]
        self._public = [key for key in keys if isinstance(key, Ed25519PublicKey)]
        return self._public


def _verifies(keys: Iterable[Ed25519PublicKey], signature: bytes, message: bytes) -> bool:
    for key in keys:
        try:
            key.verify(signature, message)
        except InvalidSignature:
            continue
        return True
    return False


class SandboxProvider:
    """The simulated platform."""

    name = NAME
    acknowledgement = Acknowledgement("application/json", b'{"code":"SUCCESS"}')

    def __init__(self, account: SandboxAccount, http: httpx.AsyncClient, clock: Clock) -> None:
        """`http` has the platform's URL and how long it may take; `clock` tells the time requests are signed with."""
        self.merchant = account.merchant
        self._notify_url = account.notify_url
        self._keys = SandboxKeys(account)
        self._http = http
        self._clock = clock

    async def create(self, trade: NewTrade) -> QrCode:
        """Asks for a QR code. Raises PaymentRefused."""
        body = {
            "merchant": self.merchant,
            "out_trade_no": trade.out_trade_no,
            "amount_fen": trade.amount_fen,
            "subject": trade.subject,
            "notify_url": self._notify_url,
            "expire_time": trade.expire_time.isoformat().replace("+00:00", "Z"),
        }
        answer = await self._call("POST", "/pay/orders", json.dumps(body, ensure_ascii=False).encode())
        if answer.refused:
            raise PaymentRefused(provider_code=answer.code)
        order = answer.content
        if order["amount_fen"] != trade.amount_fen or order["out_trade_no"] != trade.out_trade_no:
            _log.error("platform_answer_differs", out_trade_no=trade.out_trade_no)
            raise ProviderUnavailable()
        return QrCode(order["qr_content"], order["pay_url"], order["platform_trade_no"])

    async def query(self, out_trade_no: str) -> Trade:
        """Asks how a trade stands."""
        answer = await self._call("GET", f"/pay/orders/{out_trade_no}")
        if answer.code == "ORDER_UNKNOWN":
            return Trade(out_trade_no, TradeState.UNKNOWN)
        return _trade(answer.or_unavailable())

    async def close(self, out_trade_no: str) -> CloseAnswer:
        """Closes a trade."""
        answer = await self._call("POST", f"/pay/orders/{out_trade_no}:close")
        if (known := _CLOSE_REFUSED.get(answer.code)) is not None:
            return known
        answer.or_unavailable()
        return CloseAnswer.CLOSED

    async def refund(self, out_refund_no: str, out_trade_no: str, amount_fen: int) -> RefundAnswer:
        """Gives money back. Raises RefundRefused."""
        return await self._give_back(out_refund_no, out_trade_no, amount_fen)

    async def pay_out(
        self, out_refund_no: str, out_trade_no: str, amount_fen: int, account: BankAccount
    ) -> RefundAnswer:
        """Gives money back into a bank account. Raises RefundRefused."""
        bank = {"holder": account.holder_name, "number": account.account_number, "bank": account.bank_name}
        return await self._give_back(out_refund_no, out_trade_no, amount_fen, bank_account=bank)

    async def _give_back(self, out_refund_no: str, out_trade_no: str, amount_fen: int, **way: Any) -> RefundAnswer:
        body = {"out_refund_no": out_refund_no, "out_trade_no": out_trade_no, "amount_fen": amount_fen, **way}
        answer = await self._call("POST", "/pay/refunds", json.dumps(body, ensure_ascii=False).encode())
        if answer.refused:
            raise RefundRefused(answer.code, route_closed=answer.code == "ROUTE_CLOSED")
        if (answer.content["out_refund_no"], answer.content["amount_fen"]) != (out_refund_no, amount_fen):
            _log.error("platform_answer_differs", out_trade_no=out_trade_no)
            raise ProviderUnavailable()
        return RefundAnswer.SUCCEEDED

    async def query_refund(self, out_refund_no: str) -> RefundAnswer | None:
        """Asks how a refund stands; None when the platform does not know it."""
        answer = await self._call("GET", f"/pay/refunds/{out_refund_no}")
        if answer.code == "REFUND_UNKNOWN":
            return None
        answer.or_unavailable()
        return RefundAnswer.SUCCEEDED

    async def bill(self, day: date) -> AsyncIterator[BillLine]:
        """The bill of a day: streamed, and believed only at its end, when all of it was seen to be signed and uncut."""
        target = f"/pay/bills/{day.isoformat()}"
        digest = hashlib.sha256()
        complete = False
        async with answering(), self._http.stream("GET", target, headers=self._signed("GET", target, b"")) as response:
            if response.status_code != httpx.codes.OK:
                raise ProviderUnavailable()
            async for text in lines(response, digest):
                row = next(csv.reader([text]))
                complete = row[0] == _TOTAL
                if row[0] not in (_TOTAL, "time"):
                    yield BillLine(row[2], row[3], row[1], int(row[5]), datetime.fromisoformat(row[0]), row[4])
        subject = f"answer {response.status_code} GET {target}"
        if not (complete and self._keys.signed_by_platform(response.headers, subject, digest.hexdigest().encode())):
            _log.error("bill_not_believed", day=day.isoformat())
            raise ProviderUnavailable()

    async def read_notification(self, body: bytes, headers: Mapping[str, str]) -> Notification:
        """Verifies and reads a notification; a delayed or repeated one is as true as a fresh one, whatever its age."""
        if not self._keys.signed_by_platform(headers, "notification", body):
            raise NotificationForged()
        try:
            content = json.loads(body)
            return Notification(str(content["merchant"]), _trade(content))
        except UNREADABLE as error:
            raise NotificationMalformed() from error

    def claimed_trade(self, body: bytes) -> str:
        """The trade that an unverified body claims to be about."""
        try:
            claimed = json.loads(body)["out_trade_no"]
        except UNREADABLE:
            return ""
        return claimed if isinstance(claimed, str) and NUMBER.fullmatch(claimed) else ""

    async def _call(self, method: str, target: str, body: bytes = b"") -> PlatformAnswer:
        response = await answered(self._http, method, target, body, self._signed(method, target, body))
        subject = f"answer {response.status_code} {method} {target}"
        if not self._keys.signed_by_platform(response.headers, subject, response.content):
            _log.error("platform_answer_not_signed", target=target, status=response.status_code)
            raise ProviderUnavailable()
        content = json.loads(response.content)
        code = str(content["error"]["reason"]) if "error" in content else ""
        busy = response.status_code == httpx.codes.UNAUTHORIZED
        return PlatformAnswer(response.status_code, content, code, busy)

    def _signed(self, method: str, target: str, body: bytes) -> dict[str, str]:
        timestamp = str(int(self._clock.now().timestamp()))
        return {
            "Content-Type": "application/json",
            "X-Sandbox-Merchant": self.merchant,
            "X-Sandbox-Timestamp": timestamp,
            "X-Sandbox-Signature": self._keys.sign(f"{timestamp}.{method} {target}.".encode() + body),
        }


def _trade(content: Mapping[str, Any]) -> Trade:
    paid_time = content.get("paid_time")
    return Trade(
        out_trade_no=str(content["out_trade_no"]),
        state=_STATES[content["state"]],
        amount_fen=int(content["amount_fen"]),
        platform_trade_no=str(content["platform_trade_no"]),
        paid_time=datetime.fromisoformat(paid_time) if paid_time else None,
    )
