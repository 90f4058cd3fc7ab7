"""What must be true of the databases after anything that happened: the invariants of requirements.md, as counts of what
breaks them. A healthy suite gives zero for each.
"""

import asyncio
import time
from typing import Final

import asyncpg

Connection = asyncpg.Connection

DELIVERED_SECONDS: Final = 60.0

BROKEN: Final = {
    "two live selections of one person overlap (invariant 1)": """
        SELECT count(*) FROM enrollment.selection one JOIN enrollment.selection other
          ON one.candidate_id = other.candidate_id AND one.selection_id < other.selection_id
         AND one.live AND other.live AND one.time_range && other.time_range""",
    "a paid item without exactly one effective selection (invariant 2)": """
        SELECT count(*) FROM payment.order_items item JOIN payment.orders o USING (order_id)
         WHERE o.state = 'PAID' AND 1 <> (
           SELECT count(*) FROM enrollment.selection s
            WHERE s.selection_id = item.item_id AND s.order_id = o.order_id AND s.state = 'EFFECTIVE')""",
    "an effective theory selection without a paid item (invariant 2)": """
        SELECT count(*) FROM enrollment.selection s
         WHERE s.state = 'EFFECTIVE' AND s.course_kind = 'THEORY' AND NOT EXISTS (
           SELECT 1 FROM payment.order_items item JOIN payment.orders o USING (order_id)
            WHERE item.item_id = s.selection_id AND o.state = 'PAID')""",
    "an order paid twice (invariant 3)": """
        SELECT count(*) FROM (SELECT order_id FROM payment.attempts WHERE state = 'PAID'
         GROUP BY order_id HAVING count(*) > 1) doubled""",
    "a decision about a person without effect (invariant 5)": """
        SELECT count(*) FROM review.cases r JOIN identity.candidates c USING (candidate_id)
         WHERE r.kind IN ('IDENTITY_PROOF', 'DOCUMENT_TYPE') AND r.case_id = c.review_case_id
           AND ((r.state = 'APPROVED') <> (c.identity_state = 'VERIFIED')
             OR (r.state = 'REJECTED' AND r.submission = 3) <> (c.identity_state = 'REJECTED'))""",
    "a decision that no audit entry tells of, or two (RE-7)": """
        SELECT count(*) FROM review.decisions d WHERE 1 <> (
          SELECT count(*) FROM review.audit_entries a
           WHERE a.action = 'CASE_DECIDED' AND a.case_id = d.case_id::text
             AND a.facts->>'submission' = d.submission::text)""",
    "a ticket number given twice (invariant 4)": """
        SELECT count(*) FROM (SELECT ticket_number FROM enrollment.registration WHERE ticket_number IS NOT NULL
         GROUP BY ticket_number HAVING count(*) > 1) doubled""",
}
UNDELIVERED: Final = " + ".join(
    f"(SELECT count(*) FROM {service}.outbox)" for service in ("identity", "enrollment", "payment", "review")
)


async def broken(connection: Connection) -> dict[str, int]:
    """How often each invariant is broken; empty when none is."""
    counts = {name: await connection.fetchval(statement) for name, statement in BROKEN.items()}
    return {name: count for name, count in counts.items() if count}


async def all_delivered(connection: Connection) -> None:
    """Waits until no event is on its way any more."""
    end = time.monotonic() + DELIVERED_SECONDS
    while left := await connection.fetchval(f"SELECT {UNDELIVERED}"):
        assert time.monotonic() < end, f"{left} events are still not delivered"
        await asyncio.sleep(0.1)
