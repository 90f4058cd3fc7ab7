"""Connections of a test's own to what identity keeps: two of them meet as two replicas do."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chassis.postgres.database import database
from chassis.security.encryption import BlindIndex, FieldCipher
from services.identity.config import Config
from services.identity.repository import PostgresStore
from services.identity.repository.sealing import Sealer


@asynccontextmanager
async def store_of(config: Config) -> AsyncIterator[PostgresStore]:
    """The store of the service configured so, over a pool of its own."""
    sealer = Sealer(cipher_of(config), BlindIndex(bytes.fromhex(config.index_key.get_secret_value())))
    async with database(config.database, "identity") as db:
        yield PostgresStore(db, sealer, lambda: None)


def cipher_of(config: Config) -> FieldCipher:
    """The service's own cipher."""
    key = bytes.fromhex(config.field_key.get_secret_value())
    return FieldCipher({hashlib.sha256(key).hexdigest()[:8]: key})
