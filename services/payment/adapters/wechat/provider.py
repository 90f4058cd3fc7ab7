"""WeChat Pay v3, Native, as a payment platform (PA-13).

Answers are believed only when the platform has signed them, refusals too: that a trade is unknown there ends an order
here, so nobody else may say it. What cannot be believed counts as no answer (F-9, F-18).
"""

import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from chassis.clock import SHANGHAI, Clock
from chassis.telemetry.logs import get_logger
from services.payment.adapters.platform_http import UNREADABLE, PlatformAnswer, answered, answering, lines
from services.payment.adapters.wechat.banks import bank_type
from services.payment.adapters.wechat.bill import SUMMARY, columns, read_line
from services.payment.adapters.wechat.keys import PlatformKey, TooLong, Undecipherable, WeChatKeys
from services.payment.config import WeChatConfig
from services.payment.domain.platform_messages import (
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
    BillNotReady,
    NotificationForged,
    NotificationMalformed,
    PaymentRefused,
    ProviderUnavailable,
)
from services.payment.ports import RefundRefused

_log = get_logger(__name__)

NAME: Final = "wechat"
TRADES: Final = "/v3/pay/transactions"
REFUNDS: Final = "/v3/refund/domestic/refunds"
BILLS: Final = "/v3/bill/tradebill"
CURRENCY: Final = "CNY"

_STATES: Final = {
    "SUCCESS": TradeState.PAID,
    "REFUND": TradeState.REFUNDED,
    "NOTPAY": TradeState.NOT_PAID,
    "PAYERROR": TradeState.NOT_PAID,
    "USERPAYING": TradeState.PAYING,
    "CLOSED": TradeState.CLOSED,
    "REVOKED": TradeState.CLOSED,
}
_REFUNDS: Final = {"SUCCESS": RefundAnswer.SUCCEEDED, "PROCESSING": RefundAnswer.PROCESSING}
_UNKNOWN: Final = frozenset({"ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS"})
_CLOSE_REFUSED: Final = {
    "ORDERPAID": CloseAnswer.ALREADY_PAID,
    "ORDER_PAID": CloseAnswer.ALREADY_PAID,
    "USERPAYING": CloseAnswer.IN_PROGRESS,
    "ORDERCLOSED": CloseAnswer.CLOSED,
    "ORDER_CLOSED": CloseAnswer.CLOSED,
    "ORDER_NOT_EXIST": CloseAnswer.CLOSED,
}
_AGAIN: Final = frozenset({"SYSTEM_ERROR", "FREQUENCY_LIMITED", "RATELIMIT_EXCEEDED", "SIGN_ERROR", "NOT_ENOUGH"})
"""Refusals that asking again may turn: the platform is busy or does not know us yet, our balance there is short."""

ROUTE_CLOSED: Final = frozenset({"USER_ACCOUNT_ABNORMAL", "USER_NOT_EXIST"})
ABNORMAL: Final = "ABNORMAL"
"""A refund that the platform has taken and cannot give back: the payer's account did not take it."""

BANK_NOT_SERVED: Final = "BANK_NOT_SERVED"
NAME_TOO_LONG: Final = "NAME_TOO_LONG"
NO_TRADES: Final = "NO_STATEMENT_EXIST"
NOT_YET: Final = "STATEMENT_CREATING"


class WeChatProvider:
    """WeChat Pay, with our account there."""

    name = NAME
    acknowledgement = Acknowledgement("application/json", b'{"code":"SUCCESS"}')

    def __init__(self, account: WeChatConfig, notify_url: str, http: httpx.AsyncClient, clock: Clock) -> None:
        """The platform sends its notifications to `notify_url`. `http` has its URL and how long it may take; `clock`
        tells whether a bill can be there yet.
        """
        self.merchant = account.merchant
        self._app_id = account.app_id
        self._notify_url = notify_url
        self._keys = WeChatKeys(account)
        self._http = http
        self._clock = clock

    async def create(self, trade: NewTrade) -> QrCode:
        """Asks for a QR code; Native has neither a page for phones nor its own number yet. Raises PaymentRefused."""
        body = {
            "appid": self._app_id,
            "mchid": self.merchant,
            "description": trade.subject,
            "out_trade_no": trade.out_trade_no,
            "time_expire": trade.expire_time.astimezone(SHANGHAI).isoformat(timespec="seconds"),
            "notify_url": self._notify_url,
            "amount": {"total": trade.amount_fen, "currency": CURRENCY},
        }
        answer = await self._call("POST", f"{TRADES}/native", body)
        if answer.refused:
            raise PaymentRefused(provider_code=answer.code)
        return QrCode(answer.content["code_url"], "", "")

    async def query(self, out_trade_no: str) -> Trade:
        """Asks how a trade stands."""
        answer = await self._call("GET", f"{TRADES}/out-trade-no/{out_trade_no}?mchid={self.merchant}")
        if answer.code in _UNKNOWN:
            return Trade(out_trade_no, TradeState.UNKNOWN)
        return _trade(answer.or_unavailable())

    async def close(self, out_trade_no: str) -> CloseAnswer:
        """Closes a trade."""
        answer = await self._call("POST", f"{TRADES}/out-trade-no/{out_trade_no}/close", {"mchid": self.merchant})
        if (known := _CLOSE_REFUSED.get(answer.code)) is not None:
            return known
        answer.or_unavailable()
        return CloseAnswer.CLOSED

    async def refund(self, out_refund_no: str, out_trade_no: str, amount_fen: int) -> RefundAnswer:
        """Gives money back; the platform wants to hear the trade's whole amount as well. Raises RefundRefused."""
        trade = await self.query(out_trade_no)
        if trade.state is TradeState.UNKNOWN:
            raise RefundRefused("ORDER_NOT_EXIST")
        amount = {"refund": amount_fen, "total": trade.amount_fen, "currency": CURRENCY}
        body = {"out_trade_no": out_trade_no, "out_refund_no": out_refund_no, "amount": amount}
        answer = await self._call("POST", REFUNDS, body)
        if answer.refused:
            raise RefundRefused(answer.code, route_closed=answer.code in ROUTE_CLOSED)
        return _refund(answer.content)

    async def pay_out(
        self, out_refund_no: str, out_trade_no: str, amount_fen: int, account: BankAccount
    ) -> RefundAnswer:
        """Gives money back into a bank account: the platform pays out what it has taken as a refund and could not give
        back; where it has taken none, it is asked for the refund once more. Raises RefundRefused; what it refuses,
        other bank details may cure.
        """
        stands = await self._call("GET", f"{REFUNDS}/{out_refund_no}")
        if stands.code in _UNKNOWN:
            return await self.refund(out_refund_no, out_trade_no, amount_fen)
        refund = stands.or_unavailable()
        if refund["status"] != ABNORMAL:
            return _refund(refund)
        target, key = f"{REFUNDS}/{refund['refund_id']}/apply-abnormal-refund", self._keys.for_secrets
        answer = await self._call("POST", target, _to_bank_card(out_refund_no, account, key), key.key_id)
        if answer.refused:
            raise RefundRefused(answer.code, route_closed=True)
        return _refund(answer.content)

    async def query_refund(self, out_refund_no: str) -> RefundAnswer | None:
        """Asks how a refund stands; None when the platform does not know it."""
        answer = await self._call("GET", f"{REFUNDS}/{out_refund_no}")
        return None if answer.code in _UNKNOWN else _refund(answer.or_unavailable())

    async def bill(self, day: date) -> AsyncIterator[BillLine]:
        """The bill of a day: streamed, and believed only at its end, when its hash is the one that the platform has
        signed. It is there from ten in the morning of the next day.
        """
        if day >= self._clock.now().astimezone(SHANGHAI).date():
            raise BillNotReady(date=day.isoformat())
        answer = await self._call("GET", f"{BILLS}?bill_date={day.isoformat()}&bill_type=ALL")
        if answer.code == NO_TRADES:
            return
        if answer.code == NOT_YET:
            raise BillNotReady(date=day.isoformat())
        told, digest, names = answer.or_unavailable(), hashlib.sha1(usedforsecurity=False), list[str]()
        complete = False
        async with answering(), self._download(told["download_url"]) as response:
            async for text in lines(response, digest):
                complete = complete or text.startswith(SUMMARY)
                if names and not complete and (line := read_line(names, text)):
                    yield line
                names = names or columns(text)
        if not complete or digest.hexdigest() != str(told["hash_value"]).lower():
            _log.error("bill_not_believed", day=day.isoformat())
            raise ProviderUnavailable()

    async def read_notification(self, body: bytes, headers: Mapping[str, str]) -> Notification:
        """Verifies and reads a notification; a delayed or repeated one is as true as a fresh one, whatever its age."""
        if not self._keys.signed_by_platform(headers, body):
            raise NotificationForged()
        try:
            content = json.loads(self._keys.decrypted(json.loads(body)["resource"]))
            return Notification(str(content["mchid"]), _notified(content))
        except (*UNREADABLE, Undecipherable) as error:
            raise NotificationMalformed() from error

    def claimed_trade(self, body: bytes) -> str:
        """Nothing: what a notification is about is encrypted."""
        return ""

    async def _call(
        self, method: str, target: str, content: Mapping[str, Any] | None = None, key_id: str = ""
    ) -> PlatformAnswer:
        body = "" if content is None else json.dumps(content, ensure_ascii=False)
        response = await answered(self._http, method, target, body.encode(), self._signed(method, target, body, key_id))
        if not self._keys.signed_by_platform(response.headers, response.content):
            _log.error("platform_answer_not_signed", status=response.status_code)
            raise ProviderUnavailable()
        content = json.loads(response.content) if response.content else {}
        code = str(content.get("code", "")) if response.is_error else ""
        return PlatformAnswer(response.status_code, content, code, busy=code in _AGAIN)

    @asynccontextmanager
    async def _download(self, url: str) -> AsyncIterator[httpx.Response]:
        """The file that a bill's answer names, from the platform's own address whatever host it names."""
        parts = urlsplit(url)
        target = f"{parts.path}?{parts.query}"
        async with self._http.stream("GET", target, headers=self._signed("GET", target)) as response:
            if response.status_code != httpx.codes.OK:
                raise ProviderUnavailable()
            yield response

    def _signed(self, method: str, target: str, body: str = "", key_id: str = "") -> dict[str, str]:
        """The headers of a request. They name the platform's key by which its answer is to be signed, and `key_id`
        where that key has encrypted a part of the body.
        """
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "Authorization": self._keys.authorization(method, target, body),
        }
        named = key_id or self._keys.platform_key_id
        return headers | ({"Wechatpay-Serial": named} if named else {})


def _trade(content: Mapping[str, Any]) -> Trade:
    paid_time = content.get("success_time")
    return Trade(
        out_trade_no=str(content["out_trade_no"]),
        state=_STATES[content["trade_state"]],
        amount_fen=int(content.get("amount", {}).get("total", 0)),
        platform_trade_no=str(content.get("transaction_id", "")),
        paid_time=datetime.fromisoformat(paid_time) if paid_time else None,
    )


def _notified(content: Mapping[str, Any]) -> Trade:
    """The trade that a notification is about; news of a refund changes nothing that asking about it would not."""
    if "refund_status" in content:
        return Trade(str(content["out_trade_no"]), TradeState.REFUNDED)
    return _trade(content)


def _refund(content: Mapping[str, Any]) -> RefundAnswer:
    """Where a refund stands. Raises RefundRefused for one that the payer's account did not take."""
    if (known := _REFUNDS.get(content["status"])) is None:
        raise RefundRefused(str(content["status"]), route_closed=content["status"] == ABNORMAL)
    return known


def _to_bank_card(out_refund_no: str, account: BankAccount, key: PlatformKey) -> dict[str, str]:
    """A closed refund's way to a debit card, name and number readable by the platform only. Raises RefundRefused for
    details that the platform cannot serve.
    """
    if (bank := bank_type(account.bank_name)) is None:
        raise RefundRefused(BANK_NOT_SERVED, route_closed=True)
    try:
        number, name = key.encrypted(account.account_number), key.encrypted(account.holder_name)
    except TooLong as error:
        raise RefundRefused(NAME_TOO_LONG, route_closed=True) from error
    return {
        "out_refund_no": out_refund_no,
        "type": "USER_BANK_CARD",
        "bank_type": bank,
        "bank_account": number,
        "real_name": name,
    }
