"""Resident memory of a process, from the operating system's own accounting."""

import re
from pathlib import Path
from typing import Final

RESIDENT: Final = re.compile(r"^VmRSS:\s+(\d+) kB$", re.MULTILINE)


def resident_bytes(pid: int) -> int:
    """What a process holds in memory now; 0 when it is gone."""
    try:
        found = RESIDENT.search(Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0
