"""What waits for the systems outside (OP-2)."""

from collections.abc import Mapping
from typing import Final

from chassis.external_systems.passive_health import Role
from chassis.external_systems.servicer import Backlog, System
from chassis.postgres.database import Database
from chassis.postgres.driver_statements import sql
from services.identity.repository.outbox_destinations import MESSAGES

# A row's first try counts as waiting, too: it is gone a moment later when the sender answers.
_COUNT: Final = sql("""
SELECT count(*) AS count, min(create_time) AS since FROM outbox WHERE destination = ANY(:destinations)
""")


async def count_backlogs(db: Database) -> Mapping[System, Backlog]:
    """Messages still to be handed over, by system. Nothing waits for the register: a candidate tries again."""
    (row,) = await db.hot.fetch(_COUNT, destinations=list(MESSAGES))
    return {(Role.MESSAGE_SENDER, ""): Backlog(row["count"], row["since"])}
