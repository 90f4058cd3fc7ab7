"""A look at a migrated database by SQLAlchemy's own, synchronous means."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine


async def inspect_schema(url: str, work: Callable[[Connection], Any]) -> Any:
    """What `work` finds on a connection of its own, whose transaction is rolled back."""
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"))
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()
