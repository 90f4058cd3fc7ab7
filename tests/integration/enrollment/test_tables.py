"""The index of the exclusion over time ranges serves the constraint alone (docs/architecture/invariants.md)."""

import pytest

from chassis.postgres.database import Database
from services.enrollment.tables import NO_OVERLAP

RANGE = "tstzrange('2026-10-24 00:00+00', '2026-10-24 12:00+00')"
QUERIES = (
    f"SELECT FROM selections WHERE live AND time_range && {RANGE}",
    f"SELECT FROM selections WHERE live AND candidate_id = gen_random_uuid() AND time_range && {RANGE}",
    f"""SELECT FROM selections s WHERE s.live AND EXISTS (
          SELECT FROM selections other
          WHERE other.candidate_id = s.candidate_id AND other.live AND other.time_range && {RANGE})""",
)
"""What could be answered by that index if it were about rows that are `live`."""


@pytest.mark.parametrize("query", QUERIES)
async def test_no_query_reads_the_index_that_keeps_selections_apart(db: Database, query: str) -> None:  # EN-5
    async with db.driver.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off")
        plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {query}"))
    assert NO_OVERLAP not in plan, plan
