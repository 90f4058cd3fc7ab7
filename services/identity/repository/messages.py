"""Messages to candidates: each once, with the sendings that wait for it, in one statement (EN-19)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import DateTime, LargeBinary, Row, Select, Text, bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, UUID
from sqlalchemy.dialects.postgresql import insert as upsert
from zikao.identity.v1 import message_service_pb2

from chassis.errors import NotFound
from chassis.events import outbox as chassis_outbox
from chassis.ids import new_id
from chassis.postgres.columns import any_of
from chassis.postgres.keyset_pages import rows_after
from chassis.postgres.rows import from_row, row_of
from services.identity.domain.authentication.recovery_contacts import Contact
from services.identity.domain.messages.deliveries import Delivery, DeliveryState, ToldMessage
from services.identity.domain.messages.message_kinds import ABOUT_ACCOUNT, Message
from services.identity.domain.messages.preferences import MessagePreference
from services.identity.repository.outbox_destinations import ACCOUNT_MESSAGES, NEWS
from services.identity.repository.repository_base import Repository
from services.identity.tables import ONE_MESSAGE_PER_CAUSE, message_deliveries, message_preferences, messages

_ORDER: Final = (messages.c.create_time, messages.c.message_id)

_IDS, _TEXTS = ARRAY(UUID(as_uuid=False)), ARRAY(Text)
_BYTES, _TIMES = ARRAY(LargeBinary), ARRAY(DateTime(timezone=True))
_Types = Mapping[str, "ARRAY[Any]"]

_MESSAGES: Final[_Types] = {
    "message_id": _IDS,
    "candidate_id": _IDS,
    "kind": _TEXTS,
    "cause": _TEXTS,
    "parameters_cipher": _BYTES,
    "create_time": _TIMES,
}
_DELIVERIES: Final[_Types] = {
    "delivery_id": _IDS,
    "message_id": _IDS,
    "channel": _TEXTS,
    "address_cipher": _BYTES,
    "create_time": _TIMES,
}
_OUTBOX: Final[_Types] = {
    "event_id": _IDS,
    "destination": _TEXTS,
    "aggregate_id": _TEXTS,
    "type": _TEXTS,
    "payload": _BYTES,
    "trace": _TEXTS,
    "create_time": _TIMES,
    "available_time": _TIMES,
}


def _rows(prefix: str, columns: _Types) -> str:
    """The rows of a parameter for each column, as a table of the columns' names."""
    return f"unnest({', '.join(f':{prefix}_{name}' for name in columns)}) AS {prefix} ({', '.join(columns)})"


def _columns(prefix: str, columns: _Types) -> str:
    return ", ".join(f"{prefix}.{name}" for name in columns)


# Whoever has no account is told nothing: it may have been erased meanwhile (ID-20).
_ADD: Final = text(f"""
WITH made AS (
  INSERT INTO messages ({", ".join(_MESSAGES)})
  SELECT {_columns("m", _MESSAGES)} FROM {_rows("m", _MESSAGES)}
  WHERE EXISTS (SELECT FROM candidates c WHERE c.candidate_id = m.candidate_id)
  ON CONFLICT ON CONSTRAINT {ONE_MESSAGE_PER_CAUSE} DO NOTHING RETURNING message_id),
queued AS (
  INSERT INTO message_deliveries ({", ".join(_DELIVERIES)}, state)
  SELECT {_columns("d", _DELIVERIES)}, 'QUEUED' FROM {_rows("d", _DELIVERIES)} JOIN made USING (message_id)
  RETURNING delivery_id)
INSERT INTO outbox ({", ".join(_OUTBOX)})
SELECT {_columns("o", _OUTBOX)} FROM {_rows("o", _OUTBOX)} JOIN queued q ON q.delivery_id = o.event_id
""").bindparams(
    *(bindparam(f"m_{name}", type_=kind) for name, kind in _MESSAGES.items()),
    *(bindparam(f"d_{name}", type_=kind) for name, kind in _DELIVERIES.items()),
    *(bindparam(f"o_{name}", type_=kind) for name, kind in _OUTBOX.items()),
)
_AGAIN: Final = text(f"""
WITH queued AS (
  INSERT INTO message_deliveries ({", ".join(_DELIVERIES)}, state)
  SELECT {_columns("d", _DELIVERIES)}, 'QUEUED' FROM {_rows("d", _DELIVERIES)} RETURNING delivery_id)
INSERT INTO outbox ({", ".join(_OUTBOX)})
SELECT {_columns("o", _OUTBOX)} FROM {_rows("o", _OUTBOX)} JOIN queued q ON q.delivery_id = o.event_id
""").bindparams(
    *(bindparam(f"d_{name}", type_=kind) for name, kind in _DELIVERIES.items()),
    *(bindparam(f"o_{name}", type_=kind) for name, kind in _OUTBOX.items()),
)


class MessageRepository(Repository):
    """Inboxes, the sendings of their messages, and how candidates want to be told."""

    async def add_messages(self, told: Sequence[Message]) -> None:
        """Messages that are sent as their candidates chose; those that were told before are left out."""
        if kept := [_named(message) for message in told]:
            await self._add(kept, [(message, _sending(message, None)) for message in kept])

    async def add_message_to(self, message: Message, contacts: Sequence[Contact]) -> None:
        """A message that is sent to all of these, or to none, whatever its candidate chose (ID-17)."""
        kept = _named(message)
        await self._add([kept], [(kept, _sending(kept, contact)) for contact in contacts])

    async def add_delivery(self, message: Message, at: datetime) -> None:
        """One more sending of a message."""
        delivery = Delivery(new_id(), message.message_id, at)
        await self._execution.execute(_AGAIN, self._sendings([(message, delivery)]))
        self._outbox_written()

    async def find_delivery(self, delivery_id: str) -> tuple[Message, Delivery] | None:
        """A sending and its message; None where its account is gone."""
        one = select(message_deliveries).where(message_deliveries.c.delivery_id == delivery_id)
        if (row := await self._execution.fetch_one(one)) is None:
            return None
        delivery = self._delivery(row)
        about = await self._execution.fetch_one(select(messages).where(messages.c.message_id == delivery.message_id))
        return None if about is None else (self._message(about), delivery)

    async def settle_delivery(self, after: Delivery) -> bool:
        """How a sending stands after a try; False when it waits no more."""
        waits = message_deliveries.c.state == DeliveryState.QUEUED.value
        statement = update(message_deliveries).where(message_deliveries.c.delivery_id == after.delivery_id, waits)
        values = row_of(message_deliveries, after)
        changed = {name: values[name] for name in ("channel", "state", "tries", "failure", "end_time")}
        return await self._execution.execute(statement.values(changed)) == 1

    async def get_message(self, message_id: str) -> ToldMessage:
        """A message with its sendings. Raises NotFound."""
        return await self._one(select(messages).where(messages.c.message_id == message_id))

    async def lock_message(self, message_id: str) -> ToldMessage:
        """A message with its sendings, to which nobody adds one until the transaction ends. Raises NotFound."""
        one = select(messages).where(messages.c.message_id == message_id)
        return await self._one(one.with_for_update(key_share=True))

    async def list_messages(
        self, candidate_id: str, after: tuple[datetime, str] | None, size: int
    ) -> Sequence[ToldMessage]:
        """A page of a candidate's messages, the newest first."""
        own = messages.c.candidate_id == candidate_id, rows_after(after, *_ORDER, newest_first=True)
        newest_first = (column.desc() for column in _ORDER)
        return await self._told(
            await self._execution.fetch(select(messages).where(*own).order_by(*newest_first).limit(size))
        )

    async def count_unread(self, candidate_id: str) -> int:
        """How many messages a candidate has not read."""
        unread = messages.c.candidate_id == candidate_id, messages.c.read_time.is_(None)
        (row,) = await self._execution.fetch(select(func.count().label("unread")).where(*unread))
        count: int = row.unread
        return count

    async def mark_read(self, candidate_id: str, message_ids: Sequence[str], at: datetime) -> None:
        """A candidate has read these."""
        own = messages.c.candidate_id == candidate_id, any_of(messages.c.message_id, message_ids)
        unread = update(messages).where(*own, messages.c.read_time.is_(None))
        await self._execution.execute(unread.values(read_time=at))

    async def get_preference(self, candidate_id: str) -> MessagePreference:
        """What a candidate chose, or what is usual."""
        chosen = select(message_preferences).where(message_preferences.c.candidate_id == candidate_id)
        row = await self._execution.fetch_one(chosen)
        return MessagePreference() if row is None else from_row(MessagePreference, row)

    async def put_preference(self, candidate_id: str, preference: MessagePreference) -> None:
        """A candidate's choice."""
        values = row_of(message_preferences, preference, candidate_id=candidate_id)
        chosen = upsert(message_preferences).values(values)
        key = [message_preferences.c.candidate_id]
        await self._execution.execute(chosen.on_conflict_do_update(index_elements=key, set_=values))

    async def _add(self, told: Sequence[Message], sendings: Sequence[tuple[Message, Delivery]]) -> None:
        rows = [self._row(message) for message in told]
        await self._execution.execute(_ADD, {**_arrays("m", _MESSAGES, rows), **self._sendings(sendings)})
        self._outbox_written()

    def _sendings(self, sendings: Sequence[tuple[Message, Delivery]]) -> dict[str, Any]:
        """The rows of sendings, and those of the outbox that carry them out."""
        deliveries = [self._delivery_row(delivery) for _, delivery in sendings]
        tasks = [_task(message, delivery) for message, delivery in sendings]
        return {**_arrays("d", _DELIVERIES, deliveries), **_arrays("o", _OUTBOX, tasks)}

    async def _one(self, statement: Select[Any]) -> ToldMessage:
        """The message that a statement finds. Its sendings are read after it, so that a lock on it covers them."""
        if (row := await self._execution.fetch_one(statement)) is None:
            raise NotFound()
        return (await self._told([row]))[0]

    async def _told(self, found: Sequence[Row[Any]]) -> Sequence[ToldMessage]:
        of_these = any_of(message_deliveries.c.message_id, [row.message_id for row in found])
        by_age = message_deliveries.c.create_time, message_deliveries.c.delivery_id
        rows = await self._execution.fetch(select(message_deliveries).where(of_these).order_by(*by_age))
        deliveries = [self._delivery(row) for row in rows]
        return [
            ToldMessage(self._message(row), [one for one in deliveries if one.message_id == row.message_id])
            for row in found
        ]

    def _row(self, message: Message) -> Mapping[str, Any]:
        stated = json.dumps(dict(message.parameters), ensure_ascii=False)
        sealed = self._sealer.seal(message.message_id, "parameters", stated)
        return row_of(messages, message, parameters_cipher=sealed)

    def _message(self, row: Row[Any]) -> Message:
        stated = self._sealer.unseal(row.message_id, "parameters", row.parameters_cipher)
        return from_row(Message, row, parameters=json.loads(stated))

    def _delivery_row(self, delivery: Delivery) -> Mapping[str, Any]:
        address = delivery.address
        sealed = self._sealer.seal(delivery.delivery_id, "address", address) if address else None
        return row_of(message_deliveries, delivery, address_cipher=sealed)

    def _delivery(self, row: Row[Any]) -> Delivery:
        address = self._sealer.unseal(row.delivery_id, "address", row.address_cipher)
        return from_row(Delivery, row, address=address)


def _named(message: Message) -> Message:
    return message if message.message_id else replace(message, message_id=new_id())


def _sending(message: Message, contact: Contact | None) -> Delivery:
    """A sending that waits: to a contact, or as its candidate wants."""
    if contact is None:
        return Delivery(new_id(), message.message_id, message.create_time)
    return Delivery(new_id(), message.message_id, message.create_time, contact.channel, contact.address)


def _task(message: Message, delivery: Delivery) -> Mapping[str, Any]:
    """The row of the outbox that carries a sending out; none waits for another."""
    destination = ACCOUNT_MESSAGES if message.kind in ABOUT_ACCOUNT else NEWS
    about = message_service_pb2.Message(message_id=message.message_id)
    return chassis_outbox.row(
        destination, delivery.delivery_id, about, delivery.create_time, event_id=delivery.delivery_id
    )


def _arrays(prefix: str, columns: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Rows as one array for each column."""
    return {f"{prefix}_{name}": [row[name] for row in rows] for name in columns}
