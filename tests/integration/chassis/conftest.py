"""A real server and a real client, joined by a loopback port."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest

from chassis.clock import ManualClock
from chassis.config import ServerConfig
from chassis.errors import RequestIdReused
from chassis.postgres.kept_answers import RequestKey
from chassis.rpc.channel import FreshChannel
from chassis.rpc.client import Peer, ServiceTokens
from chassis.rpc.server.grpc_server import Server
from chassis.security.tokens import Access, Principal, Signer, Verifier, ensure_keys
from tests.integration.chassis import echo


class InMemory:
    """Keeps first answers in the process."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, str], tuple[bytes, asyncio.Future[bytes]]] = {}

    async def claim(self, key: RequestKey) -> bytes | None:
        while (kept := self._kept.get(key.row)) is not None:
            body_hash, answer = kept
            if body_hash != key.body_hash:
                raise RequestIdReused
            await asyncio.wait([answer])
            if not answer.cancelled():
                return answer.result()
        self._kept[key.row] = (key.body_hash, asyncio.get_running_loop().create_future())
        return None

    async def complete(self, key: RequestKey, answer: bytes) -> None:
        self._kept[key.row][1].set_result(answer)

    async def abandon(self, key: RequestKey) -> None:
        self._kept.pop(key.row)[1].cancel()


CANDIDATE = Principal(Access.CANDIDATE, "c-1", login_session_id="s-1")
MakeServer = Callable[..., Server]
MakePeer = Callable[..., AbstractAsyncContextManager[echo.Stub]]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 9, 1, tzinfo=UTC))


@pytest.fixture(scope="session")
def keys_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    keys = tmp_path_factory.mktemp("keys")
    ensure_keys(keys)
    return keys


@pytest.fixture
def bearer(keys_dir: Path, clock: ManualClock) -> Callable[[Principal], tuple[tuple[str, str]]]:
    """The metadata of a call by a person."""
    signer = Signer.load(keys_dir, "identity", clock)
    return lambda who: (("authorization", f"Bearer {signer.sign(who, timedelta(minutes=15))}"),)


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
        services = [echo.served(servicer)]
        return Server(
            own_config, **{"clock": clock, "verifier": verifier, "services": services, "answers": InMemory(), **more}
        )

    return make


@pytest.fixture
def make_peer(keys_dir: Path, clock: ManualClock) -> MakePeer:
    """A stub on the suite's own client, which proves itself as enrollment unless told to prove nothing."""

    @asynccontextmanager
    async def connect(port: int, *, proven: bool = True) -> AsyncIterator[echo.Stub]:
        tokens = ServiceTokens(Signer.load(keys_dir, "enrollment", clock), "testing", clock) if proven else None
        channel = FreshChannel(f"127.0.0.1:{port}", [echo.SERVICE], None)
        try:
            yield echo.Stub(Peer("testing", channel, tokens))
        finally:
            await channel.close()

    return connect


@pytest.fixture
async def stub(make_server: MakeServer, make_peer: MakePeer) -> AsyncIterator[echo.Stub]:
    """A stub to a running server, without a token of its own."""
    async with make_server().serving() as ports, make_peer(ports.grpc, proven=False) as connected:
        yield connected


@pytest.fixture
async def bare(make_server: MakeServer) -> AsyncIterator[echo.Stub]:
    """A stub on plain gRPC, for what the suite's own client would never send."""
    async with make_server().serving() as ports, grpc.aio.insecure_channel(f"127.0.0.1:{ports.grpc}") as channel:
        yield echo.Stub(channel)
