"""What must be true of the databases after anything that happened: the invariants of docs/rules.md, as counts of what
breaks them. A healthy suite gives zero for each. Those about people and cases are counted by `zikao verify all`.
"""

import asyncio
import time
from typing import Final

import asyncpg

from cli.verify import people_invariants
from cli.verify.all_invariants import UNDELIVERED
from tests.support.wait_until import PATIENCE_SECONDS

Connection = asyncpg.Connection


BROKEN: Final = {
    "a paid item without exactly one effective selection (invariant 2)": """
        SELECT count(*) FROM payment.order_items item JOIN payment.orders o USING (order_id)
         WHERE o.state = 'PAID' AND 1 <> (
           SELECT count(*) FROM enrollment.selections s
            WHERE s.selection_id = item.item_id AND s.order_id = o.order_id AND s.state = 'EFFECTIVE')""",
    "an effective theory selection without a paid item (invariant 2)": """
        SELECT count(*) FROM enrollment.selections s
         WHERE s.state = 'EFFECTIVE' AND s.course_kind = 'THEORY' AND NOT EXISTS (
           SELECT 1 FROM payment.order_items item JOIN payment.orders o USING (order_id)
            WHERE item.item_id = s.selection_id AND o.state = 'PAID')""",
    "an order paid twice (invariant 3)": """
        SELECT count(*) FROM (SELECT order_id FROM payment.attempts WHERE state = 'PAID'
         GROUP BY order_id HAVING count(*) > 1) doubled""",
}


async def broken(connection: Connection) -> dict[str, int]:
    """How often each invariant is broken; empty when none is."""
    counts = {name: await connection.fetchval(statement) for name, statement in BROKEN.items()}
    people = await people_invariants.found(connection)
    counts |= {f"{check.says} ({check.rule})": count for check, count in people.checks.broken.items()}
    return {name: count for name, count in counts.items() if count}


async def all_delivered(connection: Connection) -> None:
    """Waits until no event is on its way any more."""
    end = time.monotonic() + PATIENCE_SECONDS
    while left := await connection.fetchval(UNDELIVERED):
        assert time.monotonic() < end, f"{left} events are still not delivered"
        await asyncio.sleep(0.1)
