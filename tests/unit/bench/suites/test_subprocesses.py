"""Programs end within their time, and leave nothing behind."""

import asyncio
from pathlib import Path

import pytest

from bench.suites.subprocesses import CommandFailed, run
from chassis.ids import new_id


async def test_what_a_program_says_is_returned(tmp_path: Path):
    assert await run("echo", "so be it", cwd=tmp_path, seconds=60) == "so be it\n"


async def test_a_program_that_fails_is_told_with_its_last_words(tmp_path: Path):
    with pytest.raises(CommandFailed) as failed:
        await run("sh", "-c", "echo so much for that >&2; exit 3", cwd=tmp_path, seconds=60)
    assert str(failed.value).endswith("failed:\nso much for that")


async def test_a_program_that_does_not_end_is_ended_with_what_it_started(tmp_path: Path):
    name = new_id()  # by which the program's child is known
    with pytest.raises(CommandFailed, match="did not end within"):
        await run("sh", "-c", f"sh -c 'sleep 3600; true' {name} & sleep 3600", cwd=tmp_path, seconds=1)
    while runs(name):
        await asyncio.sleep(0.01)


def runs(word: str) -> bool:
    return any(word in command_line(process).split("\0") for process in Path("/proc").glob("[0-9]*"))


def command_line(process: Path) -> str:
    try:
        return (process / "cmdline").read_text(errors="replace")
    except OSError:
        return ""
