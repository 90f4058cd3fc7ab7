"""The repositories, each statement alone or several together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypedDict

from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.events.relay import WakeUp
from chassis.postgres.database import Database
from services.identity.repository.candidates import CandidateRepository
from services.identity.repository.credentials import CredentialRepository
from services.identity.repository.execution import Execution, InTransaction
from services.identity.repository.login_sessions import LoginSessionRepository
from services.identity.repository.notices import NoticeRepository
from services.identity.repository.password_recoveries import PasswordRecoveryRepository
from services.identity.repository.phone_changes import PhoneChangeRepository
from services.identity.repository.registration_windows import RegistrationWindowRepository
from services.identity.repository.sealed_fields import FieldSealer
from services.identity.repository.staff import StaffRepository


class Repositories(TypedDict):
    """What identity keeps, by the names that use cases know it by."""

    candidates: CandidateRepository
    credentials: CredentialRepository
    login_sessions: LoginSessionRepository
    staff: StaffRepository
    password_recoveries: PasswordRecoveryRepository
    phone_changes: PhoneChangeRepository
    registration_windows: RegistrationWindowRepository
    notices: NoticeRepository


class Transactions:
    """Makes repositories whose changes stand alone, or together or not at all."""

    def __init__(self, db: Database, sealer: FieldSealer, outbox_written: WakeUp) -> None:
        self._db = db
        self._sealer = sealer
        self._outbox_written = outbox_written

    def alone(self) -> Repositories:
        """Each statement in a transaction of its own."""
        return self._repositories(self._db)

    def within(self, connection: AsyncConnection) -> Repositories:
        """All inside a transaction that somebody else opened."""
        return self._repositories(InTransaction(connection))

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Repositories]:
        """All inside a transaction that ends with the block."""
        async with self._db.transaction() as connection:
            yield self.within(connection)
        self._outbox_written()

    def _repositories(self, execution: Execution) -> Repositories:
        return Repositories(
            candidates=CandidateRepository(execution, self._sealer, self._outbox_written),
            credentials=CredentialRepository(execution, self._sealer),
            login_sessions=LoginSessionRepository(execution),
            staff=StaffRepository(execution),
            password_recoveries=PasswordRecoveryRepository(execution, self._sealer, self._outbox_written),
            phone_changes=PhoneChangeRepository(execution, self._sealer, self._outbox_written),
            registration_windows=RegistrationWindowRepository(execution),
            notices=NoticeRepository(execution),
        )
