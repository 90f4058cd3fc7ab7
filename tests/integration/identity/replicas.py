"""Connections of a test's own to what identity keeps: two of them meet as two replicas do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from chassis.events.relay import WakeUp
from chassis.postgres.database import Database, database
from chassis.security.encryption import BlindIndex
from services.identity.config import Config
from services.identity.dependencies import Dependencies
from services.identity.main import encrypted_data
from services.identity.repository.candidates import CandidateRepository
from services.identity.repository.sealed_fields import FieldSealer
from services.identity.repository.transactions import Transactions


@asynccontextmanager
async def replica_of(deps: Dependencies) -> AsyncIterator[Dependencies]:
    """The same over a pool of its own."""
    async with database(deps.config.database, "identity") as db:
        transactions = _transactions(deps.config, db)
        yield replace(deps, **transactions.alone(), transactions=transactions)


def candidates_under(config: Config, db: Database) -> CandidateRepository:
    """The candidates, read and written with the keys of a configuration."""
    return _transactions(config, db).alone()["candidates"]


def _transactions(config: Config, db: Database) -> Transactions:
    index = BlindIndex(bytes.fromhex(config.index_key.get_secret_value()))
    return Transactions(db, FieldSealer(encrypted_data(config).cipher, index), WakeUp())
