"""Identity's store in PostgreSQL."""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.postgres.database import Database
from services.identity.domain.phone_changes import IMAGES
from services.identity.repository.candidates import CandidateRepository
from services.identity.repository.logins import LoginRepository
from services.identity.repository.notices import NoticeRepository
from services.identity.repository.phone_changes import PhoneChangeRepository
from services.identity.repository.recoveries import RecoveryRepository
from services.identity.repository.sealing import Sealer
from services.identity.repository.staff import StaffRepository
from services.identity.repository.statements import Alone, Statements, Together
from services.identity.repository.windows import WindowRepository

_UUID: Final = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
PORTRAIT: Final = re.compile(f"{_UUID}/{_UUID}")
IMAGE: Final = re.compile(f"{IMAGES}/{_UUID}/[0-9a-f]{{64}}")


class PostgresStore:
    """What identity keeps, read and written by single statements or, in a transaction, by several together."""

    def __init__(
        self, db: Database, sealer: Sealer, told: Callable[[], None], statements: Statements | None = None
    ) -> None:
        """`told` is called when something was written that others must learn."""
        self._db = db
        self._sealer = sealer
        self._told = told
        run = statements or Alone(db)
        self.candidates = CandidateRepository(run, sealer, told)
        self.logins = LoginRepository(run, sealer)
        self.staff = StaffRepository(run)
        self.recoveries = RecoveryRepository(run, sealer, told)
        self.phone_changes = PhoneChangeRepository(run, sealer, told)
        self.windows = WindowRepository(run)
        self.notices = NoticeRepository(run)

    async def named(self, keys: Sequence[str]) -> frozenset[str]:
        """Those of some keys of images that a row names, and those that are no images of ours."""
        proofs = [key for key in keys if IMAGE.fullmatch(key)]
        portraits = [key for key in keys if PORTRAIT.fullmatch(key)]
        strangers = frozenset(keys).difference(proofs, portraits)
        portraits_named = await self.candidates.portraits_among(portraits)
        return strangers | portraits_named | await self.phone_changes.images_among(proofs)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["PostgresStore"]:
        """A store whose changes stand together or not at all."""
        async with self._db.transaction() as connection:
            yield self.within(connection)
        self._told()

    def within(self, connection: AsyncConnection) -> "PostgresStore":
        """The store inside a transaction that somebody else opened: the one that notes an event as received."""
        return PostgresStore(self._db, self._sealer, self._told, Together(connection))
