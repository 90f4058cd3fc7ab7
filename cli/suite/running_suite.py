"""A suite that runs on this machine, found through its home: who supervises it, and which process serves what."""

import os
import re
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

from cli.suite.home import Home, HomeUnusable

PROCESSES: Final = Path("/proc")
SERVERS: Final = {"postgres": "postgres", "redis-server": "redis"}
"""What the servers beside our own processes are called, by their programs."""
PARENT: Final = re.compile(r"^PPid:\s+(\d+)", re.MULTILINE)
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class RunningSuite:
    """The suite of a home, by the process that supervises it."""

    supervisor: int

    @classmethod
    def of(cls, home: Home) -> Self:
        """Raises HomeUnusable where none runs."""
        supervisor = home.holder()
        if supervisor is None or not any(_children(supervisor)):
            raise HomeUnusable(f"No suite runs from {home.root} on this machine; name the folder of one with --home.")
        return cls(supervisor)

    def pid_of(self, name: str) -> int | None:
        """The process that serves `name` now; none while it is being started again."""
        return next((pid for pid, serves in _children(self.supervisor) if serves == name), None)

    def kill(self, name: str) -> bool:
        """Ends the process that serves `name` without a warning, as a machine that fails does; the supervisor starts
        it again. False when there is none just now.
        """
        pid = self.pid_of(name)
        if pid is None:
            return False
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def serves(self, name: str, url: str) -> bool:
        """Whether `url` is where this suite's `name` listens."""
        pid, wanted = self.pid_of(name), urlsplit(url)
        if pid is None or wanted.hostname not in LOOPBACK:
            return False
        return _environment(pid).get("ZIKAO_SERVER__PORT") == str(wanted.port)


def _children(supervisor: int) -> list[tuple[int, str]]:
    """Each process of the suite with what it serves."""
    found = ((int(folder.name), _served(folder, supervisor)) for folder in PROCESSES.glob("[0-9]*"))
    return [(pid, name) for pid, name in found if name]


def _served(folder: Path, supervisor: int) -> str:
    try:
        parent = PARENT.search((folder / "status").read_text())
        command = (folder / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return ""
    if parent is None or int(parent[1]) != supervisor:
        return ""
    if command[-3:-2] == [b"serve"]:
        return command[-2].decode()
    return SERVERS.get(Path(command[0].decode().split(" ", 1)[0]).name, "")


def _environment(pid: int) -> Mapping[str, str]:
    try:
        said = (PROCESSES / str(pid) / "environ").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return {}
    return dict(line.split("=", 1) for line in said if "=" in line)
