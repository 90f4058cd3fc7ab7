"""CPU time by process, from the operating system's own accounting."""

import os
import time
from pathlib import Path
from typing import Final

TICKS_PER_SECOND: Final = os.sysconf("SC_CLK_TCK")
IDLE: Final = slice(3, 5)
"""Where /proc/stat counts idleness and waiting for disks."""
COUNTED: Final = 8
"""What follows the eighth figure is counted in the first two already."""


def seconds_of(pid: int) -> float:
    """CPU seconds, user and system, that a process and its living and reaped children have used; 0 when it is gone."""
    own = ticks_in(_read(Path(f"/proc/{pid}/stat")))
    return own / TICKS_PER_SECOND + sum(seconds_of(child) for child in _children(pid))


def own_seconds() -> float:
    """CPU seconds that this process has used without its children."""
    return time.process_time()


def machine_seconds() -> float:
    """CPU seconds that everything on this machine has used since it was started."""
    return busy_ticks(_read(Path("/proc/stat"))) / TICKS_PER_SECOND


def ticks_in(stat: str) -> int:
    """The ticks of a process and of the children it has reaped, from its `stat`; 0 for none."""
    # The second field is the program's name in brackets and may hold spaces; the third is the first after it.
    fields = stat.rpartition(") ")[2].split()
    return sum(int(ticks) for ticks in fields[11:15])


def busy_ticks(stat: str) -> int:
    """The ticks in which all cores together were not idle, from `/proc/stat`."""
    ticks = [int(part) for part in stat.partition("\n")[0].split()[1:]][:COUNTED]
    return sum(ticks) - sum(ticks[IDLE])


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _children(pid: int) -> list[int]:
    return [int(child) for child in _read(Path(f"/proc/{pid}/task/{pid}/children")).split()]
