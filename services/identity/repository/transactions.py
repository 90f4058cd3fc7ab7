"""The repositories, each statement alone or several together."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.events.relay import WakeUp
from chassis.postgres.database import Database
from services.identity.repository.audit_log import AuditLogRepository
from services.identity.repository.authentication.second_factors import SecondFactorRepository
from services.identity.repository.authentication.staff_identities import StaffIdentityRepository
from services.identity.repository.candidates import CandidateRepository
from services.identity.repository.credentials import CredentialRepository
from services.identity.repository.login_sessions import LoginSessionRepository
from services.identity.repository.messages import MessageRepository
from services.identity.repository.password_recoveries import PasswordRecoveryRepository
from services.identity.repository.personal_data.account_erasures import AccountErasureRepository
from services.identity.repository.personal_data.own_data import OwnDataRepository
from services.identity.repository.registration_windows import RegistrationWindowRepository
from services.identity.repository.repository_base import InTransaction, Repository
from services.identity.repository.reviewed_phone_changes import PhoneChangeRepository
from services.identity.repository.sealed_fields import FieldSealer
from services.identity.repository.staff import StaffRepository

REPOSITORIES: Final[Mapping[str, type[Repository]]] = {
    "candidates": CandidateRepository,
    "credentials": CredentialRepository,
    "login_sessions": LoginSessionRepository,
    "staff": StaffRepository,
    "second_factors": SecondFactorRepository,
    "staff_identities": StaffIdentityRepository,
    "password_recoveries": PasswordRecoveryRepository,
    "phone_changes": PhoneChangeRepository,
    "registration_windows": RegistrationWindowRepository,
    "messages": MessageRepository,
    "account_erasures": AccountErasureRepository,
    "own_data": OwnDataRepository,
    "audit_log": AuditLogRepository,
}
"""What identity keeps, by the names that use cases know it by."""


class Transactions:
    """Makes repositories whose changes stand alone, or together or not at all."""

    def __init__(self, db: Database, sealer: FieldSealer, outbox_written: WakeUp) -> None:
        self._db = db
        self._sealer = sealer
        self._outbox_written = outbox_written

    def alone(self) -> Mapping[str, Any]:
        """Each statement in a transaction of its own."""
        return self._repositories(self._db)

    def within(self, connection: AsyncConnection) -> Mapping[str, Any]:
        """All inside a transaction that somebody else opened."""
        return self._repositories(InTransaction(connection))

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Mapping[str, Any]]:
        """All inside a transaction that ends with the block."""
        async with self._db.transaction() as connection:
            yield self.within(connection)
        self._outbox_written()

    def _repositories(self, execution: Database | InTransaction) -> Mapping[str, Any]:
        return {name: kind(execution, self._sealer, self._outbox_written) for name, kind in REPOSITORIES.items()}
