"""PostgreSQL: one engine for ordinary statements, one bare pool for the hot few, transactions where two statements must
stand together.

Ordinary statements run in AUTOCOMMIT: one statement, one round trip. The driver pool skips the reset between uses (a
third of the cost of a small statement), so whatever runs on it must leave no trace in the connection: no SET, no
temporary table, no open transaction.

Neither pool connects before it is asked, and neither hands out a connection whose other end is gone: a process starts
without its database, and works again as soon as that is back (F-30). A database that says nothing counts as away too
(`chassis.postgres.connection_watch`).
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final

import asyncpg
from sqlalchemy import Executable, Row, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from chassis.config import DatabaseConfig
from chassis.postgres.connection_watch import ConnectionWatch
from chassis.postgres.driver_statements import Statements

SHARED_SCHEMA: Final = "public"
"""Holds extensions only; every table lives in its service's schema."""

CONNECT_SECONDS: Final = 3.0

Params = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None


class Database:
    """The schema of one service."""

    def __init__(self, schema: str, engine: AsyncEngine, driver: "asyncpg.Pool[asyncpg.Record]") -> None:
        self.schema = schema
        self.engine = engine
        self.driver = driver
        self.hot = Statements(driver)
        self._transactional = engine.execution_options(isolation_level="READ COMMITTED")
        self._of_one_moment = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    async def fetch(self, statement: Executable, params: Params = None) -> Sequence[Row[Any]]:
        """All rows of one statement, in its own transaction."""
        async with self.engine.connect() as connection:
            return (await connection.execute(statement, params)).all()

    async def fetch_one(self, statement: Executable, params: Params = None) -> Row[Any] | None:
        """The only row of one statement, or None. Raises MultipleResultsFound for more than one."""
        async with self.engine.connect() as connection:
            return (await connection.execute(statement, params)).one_or_none()

    async def execute(self, statement: Executable, params: Params = None) -> int:
        """Runs one statement in its own transaction and says how many rows it touched."""
        async with self.engine.connect() as connection:
            return (await connection.execute(statement, params)).rowcount

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """A connection whose statements are committed together when the block ends, or not at all when it raises.

        Take rows in a fixed order where several are locked, and call nobody else inside: a lock is held for as long as
        the block lasts.
        """
        async with self._transactional.begin() as connection:
            yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """A connection whose statements all see one and the same moment, and change nothing."""
        async with self._of_one_moment.connect() as connection:
            yield connection

    @asynccontextmanager
    async def hot_transaction(self, **settings: str) -> AsyncIterator[Statements]:
        """Statements of the hot few that are committed together, under settings of PostgreSQL that hold for them alone
        (`statement_timeout="120s"`).
        """
        async with self.driver.acquire() as connection, connection.transaction():
            for name, value in settings.items():
                await connection.execute(f"SET LOCAL {name} = '{value}'")
            yield Statements(connection)

    async def reachable(self) -> None:
        """Raises when the database does not answer: for readiness."""
        await self.driver.fetchval("SELECT 1")


@asynccontextmanager
async def database(config: DatabaseConfig, schema: str) -> AsyncIterator[Database]:
    """Connects to the schema of one service for the length of a block."""
    url = make_url(config.url)
    settings = _server_settings(config, schema)
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    connect = partial(asyncpg.connect, plain, server_settings=settings, timeout=CONNECT_SECONDS)
    watch = ConnectionWatch(connect, config.silence_seconds)
    engine = create_async_engine(
        url.set(drivername="postgresql+asyncpg"),
        isolation_level="AUTOCOMMIT",
        pool_size=config.pool_size,
        max_overflow=0,
        pool_pre_ping=False,
        hide_parameters=True,  # an error's text never shows what people entered
        connect_args={"server_settings": settings, "timeout": CONNECT_SECONDS, "async_creator_fn": watch.open},
    )
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    pool = asyncpg.create_pool(
        plain,
        connect=watch.open,
        min_size=0,
        max_size=config.driver_pool_size,
        server_settings=settings,
        timeout=CONNECT_SECONDS,
        reset=_leave_as_it_is,
    )
    async with pool as driver, watch.watching():
        try:
            yield Database(schema, engine, driver)
        finally:
            await engine.dispose()


def violated_constraint(error: BaseException) -> str | None:
    """The name of the constraint that refused a statement, from SQLAlchemy or from the driver; None for any other
    error.
    """
    if isinstance(error, IntegrityError) and error.orig is not None:
        error = error.orig.__cause__ or error.orig
    name = getattr(error, "constraint_name", None)
    return str(name) if name else None


def _server_settings(config: DatabaseConfig, schema: str) -> dict[str, str]:
    return {
        "application_name": f"zikao-{schema}",
        "search_path": f"{schema},{SHARED_SCHEMA}",
        "timezone": "UTC",
        "statement_timeout": f"{int(config.statement_timeout_seconds * 1000)}",
        "lock_timeout": f"{int(config.lock_timeout_seconds * 1000)}",
        "idle_in_transaction_session_timeout": "30000",
    }


async def _leave_as_it_is(connection: object) -> None:
    """What the driver pool does between two uses of a connection: nothing."""


def _refuse_closed(connection: Any, *_: object) -> None:
    """Has the pool of the engine take a new connection where the server has ended the kept one, as the driver's does by
    itself. It costs no question.
    """
    if connection.driver_connection.is_closed():
        raise DisconnectionError()
