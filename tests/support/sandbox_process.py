"""The sandbox as a process of its own: it can be killed and started again on the same address and the same file."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from chassis.postgres.migrations import ROOT
from tests.support.free_port import free_port
from tests.support.wait_until import PATIENCE_SECONDS, block_until


class SandboxProcess:
    """One sandbox. Its data and its log lie in `folder`, its merchants' keys in `keys_dir`."""

    def __init__(self, folder: Path, keys_dir: Path | None = None) -> None:
        self.folder = folder
        self.keys_dir = keys_dir or folder / "keys"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it; returns when it is ready."""
        environment = os.environ | {
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'gen'}",
            "ZIKAO_SERVER__PORT": str(self.port),
            "ZIKAO_SANDBOX_URL": self.url,
            "ZIKAO_KEYS_DIR": str(self.keys_dir),
            "ZIKAO_DATA_DIR": str(self.folder / "data"),
        }
        command = [sys.executable, "-m", "cli.main", "serve", "sandbox"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log)
        block_until(self._is_ready)

    def kill(self) -> None:
        """As `kill -9` does it."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(PATIENCE_SECONDS)

    def stop(self) -> int:
        """Tells it to stop, and says how it ended."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(PATIENCE_SECONDS)

    @property
    def log(self) -> str:
        """What it has written, over all its starts."""
        return (self.folder / "log").read_text()

    def _is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log
        try:
            return httpx.get(f"{self.url}/readyz", trust_env=False).is_success
        except httpx.HTTPError:
            return False


@contextmanager
def sandbox_process(folder: Path, keys_dir: Path | None = None) -> Iterator[SandboxProcess]:
    """A sandbox, running for the length of a block."""
    process = SandboxProcess(folder, keys_dir)
    process.start()
    try:
        yield process
    finally:
        process.stop()
