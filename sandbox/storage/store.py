"""What the sandbox remembers: one SQLite file, written by one thread.

Whatever has been answered survives `kill -9`: work is answered after its commit. Pieces of work that wait at the same
time share a commit, each inside its own savepoint, so that one that is refused undoes only itself.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], Any]

MOST_IN_ONE_COMMIT: Final = 128
SCHEMA: Final = Path(__file__).with_name("schema.sql")


@dataclass(frozen=True, slots=True)
class _Write:
    work: Work
    loop: asyncio.AbstractEventLoop
    answer: "asyncio.Future[Any]"

    def settle(self, outcome: Any, error: BaseException | None) -> None:
        if self.answer.cancelled():
            return
        if error is None:
            self.answer.set_result(outcome)
        else:
            self.answer.set_exception(error)


class Store:
    """The one writer of the file."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._writes: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)

    def start(self) -> None:
        """Starts the writing thread."""
        self._thread.start()

    def stop(self) -> None:
        """Finishes what is waiting, then ends the thread."""
        self._writes.put(None)
        self._thread.join()

    async def do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Runs `work` in a transaction and returns, once it is committed, what it returned. Raises what it raised."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        self._writes.put(_Write(work, loop, answer))
        return await answer

    def _run(self) -> None:
        connection = connect(self.file)
        while (first := self._writes.get()) is not None:
            writes, last = self._waiting(first)
            settled = _in_one_commit(connection, writes)
            writes[0].loop.call_soon_threadsafe(_settle_all, settled)
            if last:
                break
        connection.close()

    def _waiting(self, first: _Write) -> tuple[list[_Write], bool]:
        writes = [first]
        while len(writes) < MOST_IN_ONE_COMMIT:
            try:
                following = self._writes.get_nowait()
            except queue.Empty:
                break
            if following is None:
                return writes, True
            writes.append(following)
        return writes, False


@asynccontextmanager
async def open_store(data_dir: Path) -> AsyncIterator[Store]:
    """Opens the file in `data_dir`, making both if they are missing."""
    store = Store(await asyncio.to_thread(_prepare, data_dir))
    store.start()
    try:
        yield store
    finally:
        await asyncio.to_thread(store.stop)


def _prepare(data_dir: Path) -> Path:
    data_dir.mkdir(parents=True, exist_ok=True)
    file = data_dir / "sandbox.sqlite3"
    with closing(connect(file)) as connection:
        connection.executescript(SCHEMA.read_text())
    return file


def connect(file: Path) -> sqlite3.Connection:
    """A connection in autocommit mode: transactions are begun and ended by name."""
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    # What is committed survives the process; after a power cut the last moments may be missing, never the file.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA busy_timeout = 5000")
    return connection


def _in_one_commit(
    connection: sqlite3.Connection, writes: list[_Write]
) -> list[tuple[_Write, Any, BaseException | None]]:
    try:
        connection.execute("BEGIN IMMEDIATE")
        settled = [(write, *_attempt(connection, write.work)) for write in writes]
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        return [(write, None, error) for write in writes]
    return settled


def _attempt(connection: sqlite3.Connection, work: Work) -> tuple[Any, BaseException | None]:
    connection.execute("SAVEPOINT write")
    try:
        outcome = work(connection)
    except Exception as error:  # whatever it is belongs to the one who asked
        connection.execute("ROLLBACK TO write")
        connection.execute("RELEASE write")
        return None, error
    connection.execute("RELEASE write")
    return outcome, None


def _settle_all(settled: list[tuple[_Write, Any, BaseException | None]]) -> None:
    for write, outcome, error in settled:
        write.settle(outcome, error)
