"""A database with the chassis' tables, and a real server with its client, joined by a loopback port."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import grpc
import pytest

from chassis.clock import ManualClock
from chassis.config import DatabaseConfig, ServerConfig
from chassis.postgres.database import Database, database
from chassis.rpc.client import ServiceTokens
from chassis.rpc.server.grpc_server import Server
from chassis.security.tokens import Access, Principal, Signer, Verifier
from tests.integration.chassis import echo
from tests.integration.chassis.answers_in_memory import AnswersInMemory
from tests.integration.chassis.chassis_tables import METADATA, create_all
from tests.support.credentials import Credentials, Metadata
from tests.support.grpc_server import connected_peer

CANDIDATE = Principal(Access.CANDIDATE, "c-1", login_session_id="s-1")
TOKEN_ENDS_AFTER = timedelta(minutes=15)
MakeServer = Callable[..., Server]
MakePeer = Callable[..., AbstractAsyncContextManager[echo.Stub]]


@pytest.fixture(scope="module")
def database_url(database_url: str, owner_url: str) -> str:
    """The module's database, with the tables."""
    asyncio.run(create_all(owner_url))
    return database_url


@pytest.fixture
async def db(db: Database) -> Database:
    """The module's database, emptied; its audit log is not, since nobody can."""
    for table in (table for table in METADATA.sorted_tables if table.name != "audit_entries"):
        await db.execute(table.delete())
    return db


@pytest.fixture
async def other_replica(database_url: str) -> AsyncIterator[Database]:
    """Another replica's connections to the same database."""
    async with database(DatabaseConfig(url=database_url), "chassis") as connected:
        yield connected


@pytest.fixture
def bearer(credentials: Credentials) -> Callable[[Principal], Metadata]:
    """The metadata of a call by a person, whose token ends as real ones do."""
    return lambda who: credentials.of(who, TOKEN_ENDS_AFTER)


@pytest.fixture
def config() -> ServerConfig:
    return ServerConfig(host="127.0.0.1", port=0, admin_port=0, grace_seconds=5, drain_seconds=0)


@pytest.fixture
def servicer() -> echo.EchoServicer:
    return echo.EchoServicer()


@pytest.fixture
def make_server(keys_dir: Path, clock: ManualClock, config: ServerConfig, servicer: echo.EchoServicer) -> MakeServer:
    def make(own_config: ServerConfig = config, **more: object) -> Server:
        verifier = Verifier.load(keys_dir, clock, audience="testing")
        parts = {"services": [echo.served(servicer)], "answers": AnswersInMemory(), "verifier": verifier, **more}
        return Server(own_config, clock=clock, **parts)

    return make


@pytest.fixture
def make_peer(keys_dir: Path, clock: ManualClock) -> MakePeer:
    """A stub on the suite's own client, which proves itself as enrollment unless told to prove nothing."""

    @asynccontextmanager
    async def connect(port: int, *, proven: bool = True) -> AsyncIterator[echo.Stub]:
        tokens = ServiceTokens(Signer.load(keys_dir, "enrollment", clock), "testing", clock) if proven else None
        async with connected_peer("testing", port, echo.SERVICE, tokens=tokens) as peer:
            yield echo.Stub(peer)

    return connect


@pytest.fixture
async def stub(make_server: MakeServer, make_peer: MakePeer) -> AsyncIterator[echo.Stub]:
    """A stub to a running server, without a token of its own."""
    async with make_server().serving() as ports, make_peer(ports.grpc, proven=False) as connected:
        yield connected


@pytest.fixture
async def plain_stub(make_server: MakeServer) -> AsyncIterator[echo.Stub]:
    """A stub on plain gRPC, for what the suite's own client would never send."""
    async with make_server().serving() as ports, grpc.aio.insecure_channel(f"127.0.0.1:{ports.grpc}") as channel:
        yield echo.Stub(channel)
