"""What the operating system knows of processes: whose children they are, what they run, where they listen."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
LISTENING: Final = "0A"
"""The state of a socket that listens, in /proc/net/tcp."""


def children(pid: int) -> Mapping[str, int]:
    """The direct children of a process, by the last word of their command lines."""
    named = {_last_word(child): child for child in _children(pid)}
    return {name: child for name, child in named.items() if name}


def port_of(pid: int, candidates: frozenset[int]) -> int | None:
    """On which of these ports the process listens; none when on no one."""
    inodes, sockets = _sockets_of(pid), _listening()
    return next((port for inode, port in sockets.items() if inode in inodes and port in candidates), None)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for listed in (PROC / str(pid) / "task").glob("*/children"):
        found += [int(child) for child in _read(listed).split()]
    return found


def _last_word(pid: int) -> str:
    words = _read(PROC / str(pid) / "cmdline").rstrip("\0").split("\0")
    return Path(words[-1]).name


def _sockets_of(pid: int) -> set[str]:
    found = set[str]()
    for descriptor in (PROC / str(pid) / "fd").glob("*"):
        try:
            target = str(descriptor.readlink())
        except OSError:
            continue
        if target.startswith("socket:["):
            found.add(target[len("socket:[") : -1])
    return found


def _listening() -> dict[str, int]:
    """Ports by the inode of the socket that listens on them."""
    lines = [line.split() for name in ("tcp", "tcp6") for line in _read(PROC / "net" / name).splitlines()[1:]]
    return {line[9]: int(line[1].rpartition(":")[2], 16) for line in lines if line[3] == LISTENING}


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
