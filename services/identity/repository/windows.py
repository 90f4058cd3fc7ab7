"""When registration is open, as enrollment announced it (ID-10)."""

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert as upsert

from services.identity.repository.statements import Statements
from services.identity.tables import registration_windows


class WindowRepository:
    """The port `RegistrationWindows` in PostgreSQL."""

    def __init__(self, run: Statements) -> None:
        self._run = run

    async def note(self, session_id: str, start: datetime, end: datetime, version: int) -> None:
        """As the port says."""
        row = {"session_id": session_id, "start_time": start, "end_time": end, "version": version}
        statement = upsert(registration_windows).values(row)
        await self._run.execute(
            statement.on_conflict_do_update(
                index_elements=[registration_windows.c.session_id],
                set_={name: statement.excluded[name] for name in row},
                where=registration_windows.c.version < statement.excluded.version,
            )
        )

    async def any_open(self, *, at: datetime) -> bool:
        """As the port says."""
        open_now = (registration_windows.c.start_time <= at) & (registration_windows.c.end_time > at)
        row = await self._run.fetch_one(select(exists(select(registration_windows.c.session_id).where(open_now))))
        return row is not None and bool(row[0])
