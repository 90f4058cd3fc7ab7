"""What waits for the systems outside."""

from collections.abc import Mapping
from typing import Final

from chassis.external_systems.monitors import Role
from chassis.external_systems.servicer import Backlog, System
from chassis.postgres.database import Database
from services.identity.repository.notices import NOTICES
from services.identity.repository.phone_changes import TELL
from services.identity.repository.recoveries import CODES

# A row's first try counts as waiting, too: it is gone a moment later when the sender answers.
_COUNT: Final = "SELECT count(*) AS count, min(create_time) AS since FROM outbox WHERE destination = ANY($1)"


class WaitingRepository:
    """Counts messages that are still to be handed over. Nothing waits for the register: a candidate tries again."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def count(self) -> Mapping[System, Backlog]:
        """By system."""
        row = await self._db.driver.fetchrow(_COUNT, [CODES, TELL, NOTICES])
        assert row is not None
        return {(Role.MESSAGE_SENDER, ""): Backlog(row["count"], row["since"])}
