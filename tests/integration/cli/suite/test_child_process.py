"""Processes that a suite is made of: started, awaited, stopped, and never by forking what speaks gRPC."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from cli.suite.child_process import ChildProcess

DEAF = """
import signal, time

signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('here', flush=True)
time.sleep(60)
"""

CALLING = """
import asyncio, os, sys

import grpc
import uvloop

from cli.suite.child_process import ChildProcess

async def calling():
    async with grpc.aio.insecure_channel("127.0.0.1:1") as channel:
        call = channel.unary_unary("/nobody.Is/There")(b"", wait_for_ready=True)
        await asyncio.sleep(0)
        with open(sys.argv[1], "ab") as output:
            await ChildProcess([sys.executable, "-c", ""], os.environ, output).wait()
        call.cancel()

uvloop.run(calling())
"""


async def started(tmp_path: Path, code: str) -> ChildProcess:
    with (tmp_path / "log").open("ab") as output:
        return ChildProcess([sys.executable, "-c", code], {}, output)


async def said(tmp_path: Path) -> str:
    while not (words := (tmp_path / "log").read_text()):
        await asyncio.sleep(0.01)
    return words


async def test_its_end_is_awaited_by_as_many_as_like(tmp_path: Path) -> None:
    child = await started(tmp_path, "import sys; print('done'); sys.exit(3)")
    assert await asyncio.gather(child.wait(), child.wait()) == [3, 3]
    assert (child.returncode, await said(tmp_path)) == (3, "done\n")


async def test_it_is_asked_to_end(tmp_path: Path) -> None:
    child = await started(tmp_path, "import time; print('here', flush=True); time.sleep(60)")
    await said(tmp_path)
    await child.stop(30)
    assert child.returncode == -15


async def test_it_is_killed_when_it_does_not_end(tmp_path: Path) -> None:
    child = await started(tmp_path, DEAF)
    await said(tmp_path)
    await child.stop(0.1)
    assert child.returncode == -9


async def test_stopping_what_has_ended_does_nothing(tmp_path: Path) -> None:
    child = await started(tmp_path, "")
    await child.wait()
    await child.stop(30)
    assert child.returncode == 0


def test_starting_one_forks_no_process_that_speaks_grpc(tmp_path: Path) -> None:
    """gRPC says on the terminal, of each fork of a process that uses it, that it takes no part in it."""
    command = [sys.executable, "-c", CALLING, str(tmp_path / "log")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("command", [["/nowhere/zikao"]])
async def test_what_cannot_be_started_is_said_so(tmp_path: Path, command: list[str]) -> None:
    with (tmp_path / "log").open("ab") as output, pytest.raises(OSError, match="No such file"):
        ChildProcess(command, {}, output)
