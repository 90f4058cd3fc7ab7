"""CPU time by process, from the operating system's own accounting."""

import os
from collections.abc import Mapping
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def seconds_of(pid: int) -> float:
    """CPU seconds, user and system, that a process and its living and reaped children have used; 0 when it is gone."""
    own = _stat(pid)
    return sum(own[12:16]) / TICKS_PER_SECOND + sum(seconds_of(child) for child in _children(pid)) if own else 0.0


def used(pids: Mapping[str, int]) -> dict[str, float]:
    """CPU seconds by name."""
    return {name: seconds_of(pid) for name, pid in pids.items()}


def _stat(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return []
    # The second field is the program's name in brackets and may hold spaces.
    return [0, 0, *(int(part) for part in text.rpartition(") ")[2].split()[1:])]


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
