"""Bills as a test writes them, for a platform that otherwise is the real sandbox."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from chassis.postgres.database import Database
from services.payment.dependencies import Dependencies
from services.payment.domain.platform_messages import BillLine
from services.payment.domain.reconciliation import Day, ReconciliationTerms
from services.payment.errors import ProviderUnavailable
from services.payment.ports import PaymentProvider

_PAID = """
SELECT out_trade_no, platform_trade_no, paid_fen, paid_time FROM attempts
WHERE provider = $1 AND state = 'PAID' AND paid_time >= $2 AND paid_time < $3 ORDER BY paid_time
"""
_BACK = """
SELECT a.out_trade_no, a.platform_trade_no, r.refund_id::text AS number, r.amount_fen, r.success_time
FROM refunds r JOIN attempts a ON a.order_id = r.order_id AND a.number = r.attempt_number
WHERE a.provider = $1 AND r.state = 'SUCCEEDED' AND r.success_time >= $2 AND r.success_time < $3 ORDER BY r.success_time
"""


class PaperPlatform:
    """A platform whose bill is what the test says; all other questions go to the real one."""

    def __init__(self, real: PaymentProvider, lines: Sequence[BillLine]) -> None:
        self._real = real
        self.lines = list(lines)
        self.breaks_after: int | None = None
        self.read = 0
        self.ready = asyncio.Event()
        """Until it is set, the platform is still writing its bill."""
        self.ready.set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    async def bill(self, day: date) -> AsyncIterator[BillLine]:
        """The lines, up to where the connection breaks."""
        self.read += 1
        await self.ready.wait()
        for number, line in enumerate(self.lines):
            if number == self.breaks_after:
                raise ProviderUnavailable()
            yield line


async def true_bill(db: Database, day: Day) -> list[BillLine]:
    """The bill on which everything is as it is here."""
    span = (day.provider, day.begins, day.ends)
    paid = [paid_line(*row) for row in await db.driver.fetch(_PAID, *span)]
    back = [BillLine(row[0], row[1], "REFUND", row[3], row[4], row[2]) for row in await db.driver.fetch(_BACK, *span)]
    return paid + back


def paid_line(out_trade_no: str, platform_trade_no: str, amount_fen: int, time: datetime) -> BillLine:
    """A payment on a bill."""
    return BillLine(out_trade_no, platform_trade_no, "PAYMENT", amount_fen, time)


def billed_by(deps: Dependencies, paper: PaperPlatform, **terms: Any) -> Dependencies:
    """What the use cases work with, where the paper's bill is reconciled, by `terms`."""
    config = deps.config.model_copy(update={"reconciliation": ReconciliationTerms(**terms)})
    return replace(deps, providers={paper.name: paper}, config=config)
