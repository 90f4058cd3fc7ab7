"""What all repositories of identity have in common: where their statements run, and the one that changes a row."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, Row, Table, exists, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from zikao.review.v1.review_service_pb2 import WithdrawCaseRequest

from chassis.events import outbox as chassis_outbox
from chassis.events.relay import WakeUp
from chassis.postgres.database import Database, Params
from services.identity.repository.outbox_destinations import WITHDRAWN_CASES
from services.identity.repository.sealed_fields import FieldSealer
from services.identity.tables import outbox


class InTransaction:
    """Runs statements as a `Database` does, but all of them in the connection's transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def fetch(self, statement: Executable, params: Params = None) -> Sequence[Row[Any]]:
        """All rows."""
        return (await self.connection.execute(statement, params)).all()

    async def fetch_one(self, statement: Executable, params: Params = None) -> Row[Any] | None:
        """The only row, or None."""
        return (await self.connection.execute(statement, params)).one_or_none()

    async def execute(self, statement: Executable, params: Params = None) -> int:
        """Says how many rows it touched."""
        return (await self.connection.execute(statement, params)).rowcount


class Repository:
    """Statements each in a transaction of its own, or all in one that somebody opened."""

    def __init__(self, execution: Database | InTransaction, sealer: FieldSealer, outbox_written: WakeUp) -> None:
        """`outbox_written` is called after a row was written to the outbox."""
        self._execution = execution
        self._sealer = sealer
        self._outbox_written = outbox_written

    async def _replace(
        self,
        table: Table,
        before: Any,
        row: Mapping[str, Any],
        fixed: Collection[str],
        news: Sequence[Mapping[str, Any]],
    ) -> bool:
        """`row` without its `fixed` columns in place of that of `before`, and the rows of the outbox that say so, in
        one statement; False when it has another version than `before` by now.
        """
        (key,) = table.primary_key
        unchanged = (key == getattr(before, key.name)) & (table.c.version == before.version)
        values = {name: value for name, value in row.items() if name not in fixed}
        changed = update(table).where(unchanged).values(values).returning(key).cte("changed")
        told = [_insert_if(changed, each).cte(f"news_{place}") for place, each in enumerate(news)]
        made = await self._execution.fetch_one(select(changed).add_cte(*told)) is not None
        if made and told:
            self._outbox_written()
        return made


def withdrawal_row(case_id: str, at: datetime) -> Mapping[str, Any]:
    """The row of the outbox that takes a case away from review: what it was about is gone (ID-15)."""
    return chassis_outbox.row(WITHDRAWN_CASES, case_id, WithdrawCaseRequest(case_id=case_id), at)


def _insert_if(changed: Any, row: Mapping[str, Any]) -> Any:
    """An outbox row that is written only if the change was made."""
    values: Any = select(*(literal(value, outbox.c[name].type) for name, value in row.items()))
    return insert(outbox).from_select(list(row), values.where(exists(select(changed.c[0]))))
