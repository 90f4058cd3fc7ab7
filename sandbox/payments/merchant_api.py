"""What merchants call, under `/pay`: every request is signed by a merchant, every answer by the platform."""

import asyncio
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from chassis.clock import Clock
from sandbox.faults.active_faults import ActiveFaults, with_fault
from sandbox.faults.fault_table import Fault, FaultKind, FaultTarget
from sandbox.payments import daily_bills, operations
from sandbox.payments.operations import NewOrder, NewRefund
from sandbox.payments.signatures import DIGEST, Merchants, PlatformKey, answer_subject, request_subject
from sandbox.storage.store import Store
from sandbox.web.refusals import Refused, unreadable
from sandbox.web.requests_and_answers import UNSERVED, Json, answer, body_of, encoded, parsed

FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2999


@dataclass(frozen=True, slots=True)
class SignedCall:
    """A request that a merchant has signed."""

    merchant: str
    number: str
    body: bytes
    subject: str
    now: datetime


@dataclass(frozen=True, slots=True)
class MerchantOperation:
    """What a call asks for: what can go wrong with it, for which number, and what is done, also over a closed route."""

    target: FaultTarget
    scope: str
    work: Callable[[sqlite3.Connection], Json]
    over_closed_route: Callable[[sqlite3.Connection], Json] | None = None

    def under(self, fault: Fault | None) -> Callable[[sqlite3.Connection], Json]:
        """What is done while `fault` lasts."""
        closed = fault is not None and fault.kind is FaultKind.ROUTE_CLOSED
        return self.over_closed_route if closed and self.over_closed_route else self.work


Understand = Callable[[SignedCall], MerchantOperation]


class MerchantApi:
    """What merchants call; `routes` lists it."""

    def __init__(
        self, store: Store, faults: ActiveFaults, key: PlatformKey, merchants: Merchants, clock: Clock, public_url: str
    ) -> None:
        """`public_url` is where people find the pay page."""
        self._store = store
        self._faults = faults
        self._key = key
        self._forger = PlatformKey.generate()
        self._merchants = merchants
        self._clock = clock
        self._public_url = public_url

    def routes(self) -> list[Route]:
        """The most used first; what is not documented is refused, signed like everything else."""
        return [
            Route("/pay/keys", self._keys, methods=["GET"]),
            Route("/pay/orders", self._answering(self._create), methods=["POST"]),
            Route("/pay/orders/{number}", self._answering(self._query), methods=["GET"]),
            Route("/pay/orders/{number}:close", self._answering(self._close), methods=["POST"]),
            Route("/pay/refunds", self._answering(self._refund), methods=["POST"]),
            Route("/pay/refunds/{number}", self._answering(self._query_refund), methods=["GET"]),
            Route("/pay/bills/{number}", self._bill, methods=["GET"]),
            Route("/pay/{anything:path}", self._answering(_nothing), methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
        ]

    async def _keys(self, _: Request) -> Response:
        pem = self._key.public_pem.decode()
        return answer({"keys": [{"key_id": self._key.key_id, "algorithm": "Ed25519", "public_key_pem": pem}]})

    def _answering(self, understand: Understand) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            subject, fault = request_subject(request.method, target_of(request)), None
            try:
                call = await self._call(request, subject)
                operation = understand(call)
                fault = await self._faults.exchange(operation.target, operation.scope)
                content, status = await self._store.do(operation.under(fault)), 200
            except Refused as refused:
                content, status = refused.as_json(), refused.status
            return await self._answer(subject, content, status, fault)

        return endpoint

    async def _bill(self, request: Request) -> Response:
        subject, fault = request_subject(request.method, target_of(request)), None
        try:
            call = await self._call(request, subject)
            day = _day(call.number)
            fault = await self._faults.exchange(FaultTarget.BILL, call.number)
        except Refused as refused:
            return await self._answer(subject, refused.as_json(), refused.status, fault)
        kind = None if fault is None else fault.kind
        if fault is not None and kind is FaultKind.SLOW:
            await asyncio.sleep(fault.seconds)
        bill = await asyncio.to_thread(
            daily_bills.write, self._store.file, daily_bills.BillRequest(call.merchant, day, kind)
        )
        key = self._forger if kind is FaultKind.FORGED else self._key
        headers = key.headers(self._clock.now(), answer_subject(200, subject), bill.digest.encode())
        return StreamingResponse(bill.pieces(), 200, headers | {DIGEST: bill.digest}, media_type="text/csv")

    async def _call(self, request: Request, subject: str) -> SignedCall:
        body, now = await body_of(request), self._clock.now()
        merchant = self._merchants.verify(request.headers, subject, body, now)
        return SignedCall(merchant, request.path_params.get("number", ""), body, subject, now)

    async def _answer(self, subject: str, content: Json, status: int, fault: Fault | None) -> Response:
        kind = None if fault is None else fault.kind
        if kind is FaultKind.WRONG_AMOUNT and "amount_fen" in content:
            content = content | {"amount_fen": content["amount_fen"] + 1}
        body = encoded(content)
        key = self._forger if kind is FaultKind.FORGED else self._key
        headers = key.headers(self._clock.now(), answer_subject(status, subject), body)
        return await with_fault(fault, Response(body, status, headers, media_type="application/json"))

    def _create(self, call: SignedCall) -> MerchantOperation:
        new = parsed(NewOrder, call.body)
        if new.merchant != call.merchant:
            raise unreadable("merchant")

        def work(connection: sqlite3.Connection) -> Json:
            return operations.create(connection, new, call.now).as_json(self._public_url)

        return MerchantOperation(FaultTarget.CREATE, new.out_trade_no, work)

    def _query(self, call: SignedCall) -> MerchantOperation:
        def work(connection: sqlite3.Connection) -> Json:
            return operations.query(connection, call.merchant, call.number, call.now).as_json(self._public_url)

        return MerchantOperation(FaultTarget.QUERY, call.number, work)

    def _close(self, call: SignedCall) -> MerchantOperation:
        def work(connection: sqlite3.Connection) -> Json:
            return operations.close_order(connection, call.merchant, call.number, call.now).as_json(self._public_url)

        return MerchantOperation(FaultTarget.CLOSE, call.number, work)

    def _refund(self, call: SignedCall) -> MerchantOperation:
        new = parsed(NewRefund, call.body)

        def work(connection: sqlite3.Connection) -> Json:
            return operations.give_back(connection, call.merchant, new, call.now).as_json()

        def over_closed_route(connection: sqlite3.Connection) -> Json:
            return operations.give_back_over_closed_route(connection, call.merchant, new, call.now).as_json()

        return MerchantOperation(FaultTarget.REFUND, new.out_trade_no, work, over_closed_route)

    def _query_refund(self, call: SignedCall) -> MerchantOperation:
        def work(connection: sqlite3.Connection) -> Json:
            return operations.query_refund(connection, call.merchant, call.number).as_json()

        return MerchantOperation(FaultTarget.QUERY, call.number, work)


def target_of(request: Request) -> str:
    """The path with the query, exactly as sent: that is what is signed."""
    path: bytes = request.scope["raw_path"]
    query: bytes = request.scope["query_string"]
    return (path + b"?" + query if query else path).decode("latin-1")


def _day(text: str) -> date:
    """A day as `2026-10-01`. Raises Refused."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise unreadable("date") from error
    if day.isoformat() != text or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise unreadable("date")
    return day


def _nothing(_: SignedCall) -> MerchantOperation:
    raise Refused(404, *UNSERVED[404])
