"""A process that we start, awaited on whatever event loop runs."""

import asyncio
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO


class ChildProcess:
    """A process in a session of its own.

    It is started by `subprocess`, which asks the system for a new process without copying ours. uvloop forks instead,
    and whatever has threads in a process that is forked, as gRPC has, says on the terminal that it takes no part.
    """

    def __init__(
        self, command: Sequence[str], env: Mapping[str, str], output: IO[bytes], cwd: Path | None = None
    ) -> None:
        """Starts it; what it prints goes to `output`. Raises OSError."""
        self._process = subprocess.Popen(
            command, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
        self._ended = asyncio.Event()
        threading.Thread(target=self._reap, args=(asyncio.get_running_loop(),), daemon=True).start()

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """What it ended with, negative for a signal; none while it runs."""
        return self._process.returncode

    async def wait(self) -> int:
        """Waits for its end, and says what it ended with."""
        await self._ended.wait()
        return self._process.wait()

    async def stop(self, seconds: float, by: signal.Signals = signal.SIGTERM) -> None:
        """Asks it to finish its work and end; kills it when it has not ended after so many seconds."""
        if self.returncode is not None:
            return
        self._process.send_signal(by)
        try:
            await asyncio.wait_for(self.wait(), seconds)
        except TimeoutError:
            self._process.kill()
            await self.wait()

    def _reap(self, loop: asyncio.AbstractEventLoop) -> None:
        self._process.wait()
        with suppress(RuntimeError):  # nobody waits any more once the loop is closed
            loop.call_soon_threadsafe(self._ended.set)
