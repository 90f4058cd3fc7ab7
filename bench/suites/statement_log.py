"""What a suite sends to PostgreSQL, as the server itself writes it down: whoever sends it, and by whatever code."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg

from bench.suites.throwaway_postgres import ThrowawayPostgres
from cli.local.postgres import LOG

MARK: Final = "@bench@"
SETTINGS: Final = {"log_statement": "all", "log_line_prefix": f"{MARK}%u %p ", "log_parameter_max_length": "-1"}
SETTLE_SECONDS: Final = 0.5
"""How long the processes of the server may take to hear of other settings, and the log to be written."""

EXECUTED: Final = re.compile(r"(\S+) (\d+) LOG:\s+execute [^:]+: (.*)", re.DOTALL)
DETAIL: Final = re.compile(r"(\S+) (\d+) DETAIL:\s+[Pp]arameters: (.*)", re.DOTALL)
LITERAL: Final = re.compile(r"\$\d+ = (NULL|'(?:[^']|'')*')")


@dataclass(frozen=True, slots=True)
class LoggedStatement:
    """A statement, who sent it, and its parameters as text."""

    role: str
    statement: str
    parameters: tuple[str | None, ...]

    @property
    def writes(self) -> bool:
        """Whether it changes anything."""
        return re.search(r"\b(INSERT INTO|UPDATE|DELETE FROM)\b", self.statement) is not None


@asynccontextmanager
async def logged(place: ThrowawayPostgres) -> AsyncIterator[list[LoggedStatement]]:
    """The prepared statements that the server executes for anybody during the block; they are there when it ends."""
    found, log = list[LoggedStatement](), (place.server.data / LOG).resolve()
    start = await asyncio.to_thread(_size, log)
    await _set(place, [f"SET {name} = '{value}'" for name, value in SETTINGS.items()])
    try:
        yield found
    finally:
        await _set(place, [f"RESET {name}" for name in SETTINGS])
    found += parsed(await asyncio.to_thread(_written_since, log, start))


def parsed(text: str) -> list[LoggedStatement]:
    """The statements in a part of the log that was written with our prefix."""
    sent, found = dict[str, tuple[str, str]](), list[LoggedStatement]()
    for entry in text.split(MARK)[1:]:
        if executed := EXECUTED.fullmatch(entry):
            role, process, statement = executed.groups()
            sent[process] = role, statement.replace("\n\t", "\n").strip()
        elif (detail := DETAIL.fullmatch(entry)) and detail[2] in sent:
            found.append(LoggedStatement(*sent.pop(detail[2]), _literals(detail[3])))
    return found


def _literals(text: str) -> tuple[str | None, ...]:
    found = LITERAL.findall(text.replace("\n\t", "\n"))
    return tuple(None if one == "NULL" else one[1:-1].replace("''", "'") for one in found)


async def _set(place: ThrowawayPostgres, changes: Iterable[str]) -> None:
    connection = await asyncpg.connect(place.server.url())
    try:
        for change in changes:
            await connection.execute(f"ALTER SYSTEM {change}")
        await connection.execute("SELECT pg_reload_conf()")
    finally:
        await connection.close()
    await asyncio.sleep(SETTLE_SECONDS)


def _size(log: Path) -> int:
    return log.stat().st_size


def _written_since(log: Path, start: int) -> str:
    with log.open("rb") as file:
        file.seek(start)
        return file.read().decode(errors="replace")
