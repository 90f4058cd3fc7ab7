"""When registration is open, as enrollment announced it (ID-10)."""

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert as upsert

from services.identity.repository.repository_base import Repository
from services.identity.tables import registration_windows


class RegistrationWindowRepository(Repository):
    """Registration windows, one for each exam session."""

    async def put_window(self, session_id: str, start: datetime, end: datetime, version: int) -> None:
        """Keeps the newest version of a session's window."""
        row = {"session_id": session_id, "start_time": start, "end_time": end, "version": version}
        statement = upsert(registration_windows).values(row)
        await self._execution.execute(
            statement.on_conflict_do_update(
                index_elements=[registration_windows.c.session_id],
                set_={name: statement.excluded[name] for name in row},
                where=registration_windows.c.version < statement.excluded.version,
            )
        )

    async def is_any_open(self, *, at: datetime) -> bool:
        """Whether candidates may register for some session."""
        open_now = (registration_windows.c.start_time <= at) & (registration_windows.c.end_time > at)
        row = await self._execution.fetch_one(select(exists(select(registration_windows.c.session_id).where(open_now))))
        return row is not None and bool(row[0])
