"""Programs that must end well within a time, in process groups of their own, so that Ctrl-C leaves none behind."""

import asyncio
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

LAST_LINES = 6


class CommandFailed(Exception):
    """A program ended badly or not at all. The text says which, and what it said last."""


async def run(*command: str | Path, cwd: Path, seconds: float, env: Mapping[str, str] | None = None) -> str:
    """What the program wrote. Raises CommandFailed."""
    words = [str(word) for word in command]
    child = await asyncio.create_subprocess_exec(
        *words,
        cwd=cwd,
        env=env,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        output, _ = await asyncio.wait_for(child.communicate(), seconds)
    except TimeoutError:
        end_group(child)
        await child.communicate()  # Until its pipes are closed, so that nothing of it outlives the event loop.
        raise CommandFailed(f"{' '.join(words)} did not end within {seconds:.0f} s") from None
    finally:
        end_group(child)
    said = output.decode(errors="replace")
    if child.returncode:
        raise CommandFailed(f"{' '.join(words)} failed:\n{last_lines(said)}")
    return said


def last_lines(said: str) -> str:
    """The end of what a program said, which usually names the cause."""
    return "\n".join(said.strip().splitlines()[-LAST_LINES:])


def end_group(child: asyncio.subprocess.Process) -> None:
    """Kills the program and everything it has started in its group, as far as any of it still runs."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
