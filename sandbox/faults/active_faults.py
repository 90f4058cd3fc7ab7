"""The faults that are set. They outlive the process; a fault that counts down is counted before it takes effect."""

import asyncio
import sqlite3
from collections.abc import Collection
from typing import Final, Self

from starlette.responses import Response

from chassis.telemetry.logs import get_logger
from sandbox.faults.fault_table import GLOBAL, Fault, FaultKind, FaultTarget
from sandbox.storage.store import Store
from sandbox.web.no_answer import NoAnswer
from sandbox.web.refusals import Refused

_log = get_logger(__name__)

_ANY: Final = frozenset(FaultKind)


class ActiveFaults:
    """Tells what goes wrong now; costs nothing for a target without faults."""

    def __init__(self, store: Store, targets: Collection[FaultTarget]) -> None:
        """`targets`: those that have a fault in the store."""
        self._store = store
        self._targets = frozenset(targets)

    @classmethod
    async def of(cls, store: Store) -> Self:
        """The faults in `store`."""
        return cls(store, {fault.target for fault in await store.do(listed)})

    async def set(self, fault: Fault) -> None:
        """Sets a fault, in place of the one before of the same scope and target."""
        await self._store.do(lambda connection: _put(connection, fault))
        self._targets |= {fault.target}

    async def clear(self, scope: str | None = None) -> None:
        """Nothing goes wrong any more, for `scope` or for anything."""
        self._targets = frozenset(await self._store.do(lambda connection: _clear(connection, scope)))

    async def strike(self, target: FaultTarget, scope: str, kinds: Collection[FaultKind] = _ANY) -> Fault | None:
        """The fault of one of `kinds` that concerns this exchange, counted."""
        if target not in self._targets:
            return None
        return await self._store.do(lambda connection: take(connection, target, scope, kinds))

    async def exchange(self, target: FaultTarget, scope: str, kinds: Collection[FaultKind] = _ANY) -> Fault | None:
        """As `strike`. Raises Refused (503) for an outage."""
        fault = await self.strike(target, scope, kinds)
        if fault is not None and fault.kind is FaultKind.OUTAGE:
            raise outage()
        return fault


def outage() -> Refused:
    """The refusal of whoever is not there."""
    return Refused(503, "OUTAGE", "服务暂不可用", "out of service")


async def with_fault(fault: Fault | None, response: Response) -> Response:
    """What comes of an answer: late when the fault is SLOW, none at all when it is LOST."""
    if fault is None:
        return response
    if fault.kind is FaultKind.SLOW:
        await asyncio.sleep(fault.seconds)
    return NoAnswer() if fault.kind is FaultKind.LOST else response


def take(
    connection: sqlite3.Connection, target: FaultTarget, scope: str, kinds: Collection[FaultKind] = _ANY
) -> Fault | None:
    """The fault that concerns `scope`, counted: the narrower wins. None when there is none of `kinds`."""
    row = connection.execute(
        "SELECT * FROM faults WHERE target = ? AND scope IN (?, ?) ORDER BY scope = ? LIMIT 1",
        (target.value, scope, GLOBAL, GLOBAL),
    ).fetchone()
    fault = None if row is None else _fault(row)
    if fault is None or fault.kind not in kinds:
        return None
    _count(connection, fault)
    _log.info("fault", target=target.value, kind=fault.kind.value)
    return fault


def listed(connection: sqlite3.Connection) -> list[Fault]:
    """All faults."""
    return [_fault(row) for row in connection.execute("SELECT * FROM faults ORDER BY scope, target")]


def _count(connection: sqlite3.Connection, fault: Fault) -> None:
    if fault.times is None:
        return
    place = (fault.scope, fault.target.value)
    if fault.times > 1:
        connection.execute("UPDATE faults SET times = times - 1 WHERE scope = ? AND target = ?", place)
    else:
        connection.execute("DELETE FROM faults WHERE scope = ? AND target = ?", place)


def _put(connection: sqlite3.Connection, fault: Fault) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO faults (scope, target, kind, seconds, times) VALUES (?, ?, ?, ?, ?)",
        (fault.scope, fault.target.value, fault.kind.value, fault.seconds, fault.times),
    )


def _clear(connection: sqlite3.Connection, scope: str | None) -> set[FaultTarget]:
    connection.execute("DELETE FROM faults WHERE ? IS NULL OR scope = ?", (scope, scope))
    return {fault.target for fault in listed(connection)}


def _fault(row: sqlite3.Row) -> Fault:
    return Fault(row["scope"], FaultTarget(row["target"]), FaultKind(row["kind"]), row["seconds"], row["times"])
