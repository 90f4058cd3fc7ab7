"""The machine and the software that figures were measured on: figures without them say nothing."""

import os
import platform
import subprocess
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

import asyncpg

GIGABYTE: Final = 1024**3
LIBRARIES: Final = ("grpcio", "asyncpg", "uvloop", "fastapi", "sqlalchemy")


async def describe(owner_url: str, now: datetime) -> dict[str, str]:
    """What to know, by name, in the order in which to show it."""
    return {
        "date": now.date().isoformat(),
        "commit": _commit(),
        "processor": f"{os.cpu_count()} × {_model()}",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / GIGABYTE:.0f} GB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "PostgreSQL": await _postgres(owner_url),
        "libraries": ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
    }


def _model() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()


def _commit() -> str:
    """The commit, and whether anything differs from it; "unknown" outside a checkout."""
    folder = Path(__file__).resolve().parents[2]

    def git(*words: str) -> str:
        return subprocess.run(["git", "-C", folder, *words], capture_output=True, text=True, check=True).stdout.strip()

    try:
        return git("rev-parse", "--short", "HEAD") + (" with changes" if git("status", "--porcelain", "-uno") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


async def _postgres(owner_url: str) -> str:
    connection = await asyncpg.connect(owner_url)
    try:
        number = await connection.fetchval("SHOW server_version")
        settings = [
            f"{name}={await connection.fetchval(f'SHOW {name}')}"
            for name in ("fsync", "synchronous_commit", "shared_buffers")
        ]
    finally:
        await connection.close()
    return f"{number} ({', '.join(settings)})"
