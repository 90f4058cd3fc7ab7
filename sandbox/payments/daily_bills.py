"""The bill of a day (PA-10): what came in and what went back, by time, and a last line that shows when it was cut."""

import asyncio
import hashlib
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Final

from chassis.clock import SHANGHAI
from sandbox.faults.fault_table import FaultKind
from sandbox.storage.store import connect
from sandbox.storage.timestamps import to_text

HEADER: Final = "time,kind,out_trade_no,platform_trade_no,out_refund_no,amount_fen\n"
PIECE_BYTES: Final = 64 * 1024
MOST_BYTES_IN_MEMORY: Final = 1024 * 1024

_LINES: Final = """
    SELECT paid_time AS time, 'PAYMENT' AS kind, out_trade_no, platform_trade_no, '' AS out_refund_no, amount_fen
    FROM orders WHERE merchant = :merchant AND paid_time >= :start AND paid_time < :end
    UNION ALL
    SELECT refund_time, 'REFUND', out_trade_no, platform_trade_no, out_refund_no, amount_fen
    FROM refunds WHERE merchant = :merchant AND refund_time >= :start AND refund_time < :end
    ORDER BY 1, 2, 4, 5
"""


@dataclass(frozen=True, slots=True)
class BillLine:
    """One payment or refund."""

    time: str
    kind: str
    out_trade_no: str
    platform_trade_no: str
    out_refund_no: str
    amount_fen: int

    def as_csv(self) -> str:
        """The line; no field can hold a comma."""
        fields = (self.time, self.kind, self.out_trade_no, self.platform_trade_no, self.out_refund_no)
        return f"{','.join(fields)},{self.amount_fen}\n"


@dataclass(frozen=True, slots=True)
class BillRequest:
    """A merchant's day in Asia/Shanghai. `flaw` is what is wrong with the first line; the total agrees all the same."""

    merchant: str
    day: date
    flaw: FaultKind | None = None


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill as it was written at one moment, with the lower-case hex SHA-256 of its bytes."""

    file: IO[bytes]
    digest: str

    async def pieces(self) -> AsyncIterator[bytes]:
        """Its bytes, once."""
        with self.file as file:
            while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
                yield piece


def write(book: Path, wanted: BillRequest) -> Bill:
    """Writes the bill from the store's file `book`; a large one lies on disk, not in memory."""
    file, digest = SpooledTemporaryFile(MOST_BYTES_IN_MEMORY), hashlib.sha256()  # noqa: SIM115  # its reader closes it
    with closing(connect(book)) as connection:
        for line in _text(_lines(connection, wanted), wanted.flaw):
            file.write(line.encode())
            digest.update(line.encode())
    file.seek(0)
    return Bill(file, digest.hexdigest())


def _lines(connection: sqlite3.Connection, wanted: BillRequest) -> Iterator[BillLine]:
    start = datetime.combine(wanted.day, time(), SHANGHAI)
    end = datetime.combine(wanted.day + timedelta(days=1), time(), SHANGHAI)
    values = {"merchant": wanted.merchant, "start": to_text(start), "end": to_text(end)}
    for row in connection.execute(_LINES, values):
        yield BillLine(*row)


def _text(lines: Iterator[BillLine], flaw: FaultKind | None) -> Iterator[str]:
    counts, sums = Counter[str](), Counter[str]()
    yield HEADER
    for line in _flawed(lines, flaw):
        counts[line.kind] += 1
        sums[line.kind] += line.amount_fen
        yield line.as_csv()
    payments, refunds = (f"{counts[kind]},{sums[kind]}" for kind in ("PAYMENT", "REFUND"))
    yield f"TOTAL,{payments},{refunds},{sums['PAYMENT'] - sums['REFUND']}\n"


def _flawed(lines: Iterator[BillLine], flaw: FaultKind | None) -> Iterator[BillLine]:
    first = next(lines, None)
    if first is None:
        return
    match flaw:
        case FaultKind.LOST:
            pass
        case FaultKind.DUPLICATE:
            yield from (first, first)
        case FaultKind.WRONG_AMOUNT:
            yield replace(first, amount_fen=first.amount_fen + 1)
        case _:
            yield first
    yield from lines
