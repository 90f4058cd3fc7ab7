"""A day of paid orders, as the rows that paying them leaves, and the bill on which they all are, signed."""

import base64
import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import asyncpg
import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from chassis.clock import SHANGHAI, SystemClock
from services.payment.adapters.sandbox_platform_client import SandboxAccount, SandboxProvider

FEE_FEN: Final = 7000
MERCHANT: Final = "zikao"
PIECE: Final = 65_536
HEADER: Final = "time,kind,out_trade_no,platform_trade_no,out_refund_no,amount_fen\n"

_ORDERS: Final = """
INSERT INTO payment.orders (order_id, candidate_id, session_id, total_fen, state, undertaking_version, fingerprint,
  attempt_number, create_time, open_until, payment_cutoff_time, paid_time)
SELECT md5($3 || n)::uuid, gen_random_uuid(), '2026-10', $4, 'PAID', '3', '', 1, $2, $2, $2, $2
FROM generate_series(1, $1::int) n
"""
_ATTEMPTS: Final = """
INSERT INTO payment.attempts (order_id, number, provider, out_trade_no, platform_trade_no, state, purpose, create_time,
  expire_time, paid_time, paid_fen)
SELECT md5($3 || n)::uuid, 1, 'sandbox', $3 || n, 'p-' || $3 || n, 'PAID', 'FEE', $2, $2, $2, $4
FROM generate_series(1, $1::int) n
"""
_RECEIPTS: Final = """
INSERT INTO payment.receipts (order_id, amount_fen, paid_date, state)
SELECT md5($3 || n)::uuid, $4, $2::timestamptz::date, 'ISSUED' FROM generate_series(1, $1::int) n
"""
GUARDED: Final = ("orders", "attempts")


@dataclass(frozen=True, slots=True)
class PaidDay:
    """So many orders, all paid at one moment; `name` begins their trade numbers."""

    name: str
    count: int
    moment: datetime

    def csv(self) -> bytes:
        """The platform's bill."""
        moment = self.moment.isoformat()
        lines = [f"{moment},PAYMENT,{self.name}{n},p-{self.name}{n},,{FEE_FEN}\n" for n in range(1, self.count + 1)]
        total = f"TOTAL,{self.count},{self.count * FEE_FEN},0,0,{self.count * FEE_FEN}\n"
        return "".join([HEADER, *lines, total]).encode()


async def seed(owner_url: str, day: PaidDay) -> None:
    """Writes the orders as the owner of the database, past the guards that hold single steps to their order."""
    connection = await asyncpg.connect(owner_url)
    try:
        async with connection.transaction():
            for table in GUARDED:
                await connection.execute(f"ALTER TABLE payment.{table} DISABLE TRIGGER USER")
            for statement in (_ORDERS, _ATTEMPTS):
                await connection.execute(statement, day.count, day.moment, day.name, FEE_FEN)
            await connection.execute(_RECEIPTS, day.count, day.moment, day.name, FEE_FEN)
            for table in GUARDED:
                await connection.execute(f"ALTER TABLE payment.{table} ENABLE TRIGGER USER")
        for table in (*GUARDED, "receipts"):
            await connection.execute(f"ANALYZE payment.{table}")
    finally:
        await connection.close()


class BillingPlatform:
    """The platform's answer to a question for a bill, signed as docs/sandbox.md says, without a network between."""

    def __init__(self, folder: Path, bills: Sequence[PaidDay]) -> None:
        """Keys are made in `folder`; each bill is that of its moment's day."""
        self._key = _made(folder, "platform")
        _made(folder, MERCHANT)
        self._folder = folder
        self._bodies = {f"/pay/bills/{local_date(bill.moment)}": bill.csv() for bill in bills}

    def provider(self) -> SandboxProvider:
        """The adapter that asks it."""
        http = httpx.AsyncClient(base_url="http://platform", transport=httpx.MockTransport(self._answer))
        account = SandboxAccount(MERCHANT, self._folder / f"{MERCHANT}.pem", self._folder, "http://nowhere")
        return SandboxProvider(account, http, SystemClock())

    def _answer(self, request: httpx.Request) -> httpx.Response:
        target = request.url.path
        body = self._bodies[target]
        stamp = str(int(SystemClock().now().timestamp()))
        signed = f"{stamp}.answer 200 GET {target}.{hashlib.sha256(body).hexdigest()}".encode()
        headers = {
            "x-sandbox-timestamp": stamp,
            "x-sandbox-signature": base64.b64encode(self._key.sign(signed)).decode(),
        }
        return httpx.Response(200, headers=headers, stream=_Pieces(body))


class _Pieces(httpx.AsyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self._body), PIECE):
            yield self._body[start : start + PIECE]


def local_date(moment: datetime) -> str:
    """The day in Asia/Shanghai, as bills are named."""
    return moment.astimezone(SHANGHAI).date().isoformat()


def _made(folder: Path, name: str) -> Ed25519PrivateKey:
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / f"{name}.pem").write_bytes(private)
    (folder / f"{name}.pub.pem").write_bytes(public)
    return key
