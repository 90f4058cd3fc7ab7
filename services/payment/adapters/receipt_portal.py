"""Adapter for the sandbox's receipt portal (电子票据), as docs/sandbox.md describes it (PA-9)."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import httpx

from chassis.telemetry.logs import get_logger
from services.payment.adapters.platform_http import answering
from services.payment.domain.receipts import AwaitedReceipt, IssuedReceipt
from services.payment.ports import PortalUnavailable, ReceiptUnknown

_log = get_logger(__name__)


class PortalReason(StrEnum):
    """The portal's words."""

    NOT_YET = "RECEIPT_NOT_YET_AVAILABLE"
    UNKNOWN = "RECEIPT_UNKNOWN"
    ASKED_DIFFERENTLY = "RECEIPT_MISMATCH"


class SandboxReceiptPortal:
    """The sandbox's portal."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        """`http` has the portal's URL and how long it may take."""
        self._http = http

    async def request(self, receipt: AwaitedReceipt, available: datetime) -> None:
        """Asks for a receipt. A receipt asked for with another date stays as it was first asked for."""
        body = {
            "order_id": receipt.order_id,
            "amount_fen": receipt.amount_fen,
            "paid_time": receipt.paid_time.isoformat(),
            "items": [{"name": line.name, "amount_fen": line.amount_fen} for line in receipt.lines],
            "available_time": available.isoformat(),
        }
        async with answering(PortalUnavailable):
            answer = await self._http.post("/receipts", json=body)
        if not answer.is_success and _reason(answer) != PortalReason.ASKED_DIFFERENTLY:
            raise _unexpected(answer)

    async def fetch(self, order_id: str) -> IssuedReceipt | None:
        """The receipt, or None while it is not issued. Raises ReceiptUnknown."""
        async with answering(PortalUnavailable):
            answer = await self._http.get(f"/receipts/{order_id}", headers={"accept": "application/json"})
        if answer.is_success:
            return _issued(answer.json())
        match _reason(answer):
            case PortalReason.NOT_YET:
                return None
            case PortalReason.UNKNOWN:
                raise ReceiptUnknown
        raise _unexpected(answer)


def _issued(content: dict[str, Any]) -> IssuedReceipt:
    return IssuedReceipt(
        code=str(content["code"]),
        number=str(content["number"]),
        url=str(content["url"]),
        issue_time=datetime.fromisoformat(content["issued_time"]),
    )


def _reason(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["error"]["reason"])
    except (ValueError, KeyError, TypeError):
        return ""


def _unexpected(answer: httpx.Response) -> PortalUnavailable:
    _log.error("portal_answer_unexpected", status=answer.status_code, reason=_reason(answer))
    return PortalUnavailable()
