"""What the container that this process runs in may use: control groups of version 2 and 1, where there are any.

`os.cpu_count()` and the machine's memory say what the machine has, which a pod's limits may be a small part of.
"""

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

CGROUP: Final = Path("/sys/fs/cgroup")
OWN: Final = Path("/proc/self/cgroup")
UNLIMITED: Final = 1 << 60
"""Version 1 writes a number near 2⁶³ where there is no limit."""


def processors(cgroup: Path = CGROUP, own: Path = OWN) -> int:
    """How many processors this process may keep busy: a quota of half a processor more counts as a whole one."""
    usable = len(os.sched_getaffinity(0))
    quotas = [_quota(folder) for folder in _folders(cgroup, own, "cpu")]
    return max(1, math.ceil(min([usable, *(quota for quota in quotas if quota is not None)])))


def memory_bytes(cgroup: Path = CGROUP, own: Path = OWN) -> int | None:
    """The memory beyond which the container is killed, in bytes; None where nobody set a limit."""
    names = ("memory.max", "memory.limit_in_bytes")
    told = [_number(folder / name) for folder in _folders(cgroup, own, "memory") for name in names]
    return min((limit for limit in told if limit is not None and limit < UNLIMITED), default=None)


def _folders(cgroup: Path, own: Path, controller: str) -> Iterator[Path]:
    """The groups that this process is in: its own, and those around it, whose limits hold as well."""
    lines = own.read_text().splitlines() if own.exists() else []
    for _, controllers, path in (line.split(":", 2) for line in lines):
        if controllers and controller not in controllers.split(","):
            continue
        root = cgroup / controller if controllers else cgroup
        inside = root / path.lstrip("/")
        yield from (folder for folder in (inside, *inside.parents) if folder.is_relative_to(root))


def _quota(folder: Path) -> float | None:
    """Processors a group may use; None without a quota."""
    if (told := _text(folder / "cpu.max")) is not None:
        share, _, whole = told.partition(" ")
        return int(share) / int(whole) if share.isdigit() and whole.isdigit() else None
    quota, period = _number(folder / "cpu.cfs_quota_us"), _number(folder / "cpu.cfs_period_us")
    return quota / period if quota and period and quota > 0 else None


def _number(file: Path) -> int | None:
    told = _text(file)
    return int(told) if told is not None and told.lstrip("-").isdigit() else None


def _text(file: Path) -> str | None:
    try:
        return file.read_text().strip()
    except OSError:
        return None
