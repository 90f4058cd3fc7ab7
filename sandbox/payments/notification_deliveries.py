"""The notifications that are owed (PA-5): planned in the transaction in which an order becomes paid."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chassis.ids import new_id
from sandbox.faults.active_faults import take
from sandbox.faults.fault_table import AT_THE_START, Fault, FaultKind, FaultTarget, arrival_time
from sandbox.payments.order_states import Order
from sandbox.storage.row_conversion import columns_of, fields_of, insert

FIRST_PAUSE: Final = timedelta(seconds=0.5)
LONGEST_PAUSE: Final = timedelta(seconds=30)
PERSEVERANCE: Final = timedelta(hours=24)
COPIES: Final = 10
DECOYS: Final = frozenset({FaultKind.FORGED, FaultKind.WRONG_AMOUNT})


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notification on its way. `next_time` is absent when it will not be sent (again)."""

    delivery_id: str
    event_id: str
    platform_trade_no: str
    out_trade_no: str
    url: str
    body: bytes
    decoy: FaultKind | None
    create_time: datetime
    next_time: datetime | None
    attempts: int = 0
    last_status: int | None = None
    acknowledge_time: datetime | None = None

    def attempted(self, status: int | None, now: datetime) -> "Delivery":
        """After an attempt: acknowledged by any 2xx, or to be repeated while the platform perseveres."""
        after = replace(self, attempts=self.attempts + 1, last_status=status, next_time=None)
        if status is not None and 200 <= status < 300:
            return replace(after, acknowledge_time=now)
        following = now + pause_after(after.attempts)
        return replace(after, next_time=following) if following < self.create_time + PERSEVERANCE else after

    def as_json(self) -> dict[str, object]:
        """As `GET /orders` lists it."""
        columns = columns_of(self)
        listed = {name: columns[name] for name in ("event_id", "attempts", "last_status", "next_time")}
        return listed | {"acknowledged_time": columns["acknowledge_time"]}


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts: 0.5 s, 1 s, 2 s, … at most 30 s."""
    doublings = min(attempts - 1, 10)
    return min(FIRST_PAUSE * 2**doublings, LONGEST_PAUSE)


def plan(connection: sqlite3.Connection, order: Order, now: datetime) -> list[Delivery]:
    """Enters what is owed for an order that has just been paid, and returns what has a time to be sent."""
    fault = take(connection, FaultTarget.NOTIFICATION, order.out_trade_no, AT_THE_START)
    planned = [_planned(order, fault, now)]
    if fault is not None and fault.kind is FaultKind.DUPLICATE:
        planned = [replace(planned[0], delivery_id=new_id()) for _ in range(COPIES)]
    for delivery in planned:
        columns = columns_of(delivery)
        del columns["out_trade_no"]
        insert(connection, "deliveries", columns)
    return [delivery for delivery in planned if delivery.next_time is not None]


def pending(connection: sqlite3.Connection) -> list[Delivery]:
    """What is still to be sent."""
    return _read(connection, "WHERE next_time IS NOT NULL", ())


def of_orders(connection: sqlite3.Connection, orders: Iterable[Order]) -> dict[str, list[Delivery]]:
    """The deliveries of each of `orders`, by the platform's number."""
    numbers = [order.platform_trade_no for order in orders]
    marks = ", ".join("?" * len(numbers))
    found: dict[str, list[Delivery]] = {number: [] for number in numbers}
    for delivery in _read(connection, f"WHERE platform_trade_no IN ({marks})", numbers):
        found[delivery.platform_trade_no].append(delivery)
    return found


def save(connection: sqlite3.Connection, delivery: Delivery) -> None:
    """Writes what has become of a delivery."""
    connection.execute(
        "UPDATE deliveries SET next_time = :next_time, attempts = :attempts, last_status = :last_status,"
        " acknowledge_time = :acknowledge_time WHERE delivery_id = :delivery_id",
        columns_of(delivery),
    )


def _planned(order: Order, fault: Fault | None, now: datetime) -> Delivery:
    kind = None if fault is None else fault.kind
    event_id = new_id()
    return Delivery(
        delivery_id=event_id,
        event_id=event_id,
        platform_trade_no=order.platform_trade_no,
        out_trade_no=order.out_trade_no,
        url=order.notify_url,
        body=json.dumps(order.notification(event_id)).encode(),
        decoy=kind if kind in DECOYS else None,
        create_time=now,
        next_time=arrival_time(now, fault),
    )


def _read(connection: sqlite3.Connection, condition: str, values: Iterable[object]) -> list[Delivery]:
    statement = (
        "SELECT deliveries.*, orders.out_trade_no FROM deliveries JOIN orders USING (platform_trade_no)"
        f" {condition} ORDER BY delivery_id"
    )
    return [_delivery(row) for row in connection.execute(statement, tuple(values))]


def _delivery(row: sqlite3.Row) -> Delivery:
    return Delivery(**fields_of(row) | {"decoy": FaultKind(row["decoy"]) if row["decoy"] else None})
