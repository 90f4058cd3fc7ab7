"""A disk that can be full: a file system of a test's own in memory, as root makes one."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SIZE = 2_000_000_000
PAGE = 4096
WIDE_OPEN = 0o755


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """A folder that anybody may enter; as root, a file system of its own."""

    folder: Path

    @contextmanager
    def full(self) -> Iterator[None]:
        """Leaves no room for anything more, for the length of a block: whoever writes gets `ENOSPC`."""
        known = os.statvfs(self.folder)
        self._resize((known.f_blocks - known.f_bfree) * known.f_frsize + PAGE)
        try:
            yield
        finally:
            self._resize(SIZE)

    def _resize(self, size: int) -> None:
        subprocess.run(["mount", "-o", f"remount,size={size}", str(self.folder)], check=True)


@contextmanager
def small_disk() -> Iterator[SmallDisk]:
    """The disk for the length of a block; for whoever is not root, a plain folder that is never full."""
    folder = Path(tempfile.mkdtemp(prefix="zikao-disk-"))
    folder.chmod(WIDE_OPEN)
    mounted = os.geteuid() == 0
    if mounted:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=755", "zikao", str(folder)], check=True)
    try:
        yield SmallDisk(folder)
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)
        shutil.rmtree(folder)
