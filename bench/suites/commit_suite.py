"""The suite of another commit, started by that commit's own `zikao up` on a database of its own in our PostgreSQL.

Its modules, variables and tables may be called otherwise than ours. What is relied on is what people rely on: the
options of `zikao up`, that it prints its addresses when everything is ready, and that SIGINT stops it.
"""

import asyncio
import os
import re
import shutil
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy.engine import make_url

from bench.suites.commit_checkout import CommitCheckout
from bench.suites.measured_suite import MeasuredSuite
from bench.suites.process_inspection import children, port_of
from bench.suites.subprocesses import CommandFailed, end_group, last_lines
from bench.suites.throwaway_postgres import ThrowawayPostgres, free_ports
from cli.local import schemas_and_roles

ADDRESS: Final = re.compile(r"http://127\.0\.0\.1:(\d+)")
READY_SECONDS: Final = 180.0
STOP_SECONDS: Final = 30.0
LOOK_SECONDS: Final = 0.2
FACING: Final = ("gateway", "sandbox")
"""The processes that callers outside the suite reach."""


@asynccontextmanager
async def commit_suite(
    checkout: CommitCheckout, place: ThrowawayPostgres, say: Callable[[str], None]
) -> AsyncIterator[MeasuredSuite]:
    """The suite, ready, for the length of a block. Raises CommandFailed."""
    home, output = checkout.tree.parent / "home", checkout.tree.parent / "up.log"
    # Roles belong to the server, not to a database: both suites must know the same password for them.
    shutil.copytree(place.home.keys, home / "keys")
    database = f"bench_{checkout.commit}"
    owner_url = make_url(place.server.url()).set(database=database).render_as_string(hide_password=False)
    await schemas_and_roles.create_database(place.server.url(database="postgres"), database)
    options = ("--home", str(home), "--ports-from", str(free_ports().postgres), "--database-url", owner_url)
    say(f"starting the suite of {checkout.commit}")
    with output.open("wb") as log:
        child = await asyncio.create_subprocess_exec(
            *checkout.zikao("up", *options),
            cwd=checkout.tree,
            env=_environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        ports = await _ready(child, output)
        processes = partial(children, child.pid)
        yield MeasuredSuite(checkout.commit, ports["gateway"], ports["sandbox"], owner_url, home, processes)
    finally:
        await _stop(child)


def _environment() -> Mapping[str, str]:
    """The caller's environment without what would lead its Python or its suite elsewhere."""
    led = ("PYTHON", "ZIKAO_", "VIRTUAL_ENV", "DATABASE_URL", "REDIS_URL")
    return {name: value for name, value in os.environ.items() if not name.startswith(led)} | {"PYTHONUNBUFFERED": "1"}


async def _ready(child: asyncio.subprocess.Process, output: Path) -> dict[str, int]:
    """The ports of those that face callers, once `zikao up` has printed them."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + READY_SECONDS
    while child.returncode is None and loop.time() < deadline:
        printed = frozenset(int(port) for port in ADDRESS.findall(_said(output)))
        running = children(child.pid)
        found = {name: port_of(running[name], printed) for name in FACING if name in running}
        ports = {name: port for name, port in found.items() if port}
        if len(ports) == len(FACING):
            return ports
        await asyncio.sleep(LOOK_SECONDS)
    raise CommandFailed(f"the other commit's suite was not ready:\n{last_lines(_said(output))}")


def _said(output: Path) -> str:
    return output.read_text(errors="replace")


async def _stop(child: asyncio.subprocess.Process) -> None:
    """As Ctrl-C does. What does not end by itself is killed, and so is whatever it has started."""
    left = children(child.pid)
    try:
        if child.returncode is None:
            child.send_signal(signal.SIGINT)
            await asyncio.wait_for(child.wait(), STOP_SECONDS)
    except TimeoutError:
        for pid in left.values():
            os.kill(pid, signal.SIGKILL)
    finally:
        end_group(child)
        await child.wait()
