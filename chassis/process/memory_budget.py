"""A budget of memory for work in threads: what does not fit beside what is under way waits for it."""

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from chassis.process.container_limits import memory_bytes

SHARE: Final = 0.4
"""Of a container's memory that a budget takes at most, whatever is configured."""

M_MMAP_THRESHOLD: Final = -3
M_ARENA_MAX: Final = -8
LARGE: Final = 256 * 1024
ARENAS: Final = 2


class BeyondBudget(Exception):
    """Work that needs more memory than the whole budget has."""


class MemoryBudget:
    """So many bytes, lent to one thread after another."""

    def __init__(self, total: int) -> None:
        """`total`: in bytes; where a container's limit is known, at most `SHARE` of it."""
        limit = memory_bytes()
        self.total = total if limit is None else min(total, int(limit * SHARE))
        self._free = self.total
        self._returned = threading.Condition()

    @contextmanager
    def lend(self, size: int) -> Iterator[None]:
        """Holds `size` bytes of the budget for the length of a block, and waits in this thread until they are free.

        Raises BeyondBudget when they never will be.
        """
        if size > self.total:
            raise BeyondBudget()
        with self._returned:
            self._returned.wait_for(lambda: self._free >= size)
            self._free -= size
        try:
            yield
        finally:
            with self._returned:
                self._free += size
                self._returned.notify_all()


def give_memory_back() -> None:
    """Has glibc return large blocks to the system as soon as they are freed, for the rest of the process's life.

    By default it keeps what it once needed, in a heap for each thread, so that a few large images leave a process
    large for ever. Where the C library is another, nothing happens.
    """
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(M_MMAP_THRESHOLD, LARGE)
        library.mallopt(M_ARENA_MAX, ARENAS)
