"""Rows of every service in which every invariant holds, in a database that has lost every constraint and trigger:
whatever is then changed in it is found by the statements of the verification or not at all.
"""

from collections.abc import Mapping
from typing import Any, Final

import asyncpg
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.postgres import migrations
from chassis.postgres.columns import tables_of

WITHOUT_CONSTRAINTS: Final = """
DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT conrelid::regclass AS held, conname AS name FROM pg_constraint
      WHERE connamespace = '{schema}'::regnamespace AND contype IN ('f', 'c', 'u', 'p', 'x') AND conrelid <> 0
      ORDER BY contype = 'f' DESC LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I CASCADE', one.held, one.name);
  END LOOP;
  FOR one IN SELECT indexrelid::regclass AS held FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
      WHERE indisunique AND relnamespace = '{schema}'::regnamespace LOOP
    EXECUTE format('DROP INDEX %s', one.held);
  END LOOP;
  FOR one IN SELECT tgrelid::regclass AS held, tgname AS name FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
      WHERE NOT tgisinternal AND relnamespace = '{schema}'::regnamespace LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', one.name, one.held);
  END LOOP;
END $$
"""
FILLING: Final = {
    "uuid": "'00000000-0000-0000-0000-000000000000'",
    "text": "''",
    "bytea": "''",
    "jsonb": "'{}'",
    "boolean": "false",
    "timestamp with time zone": "'2026-10-01 04:00:00Z'",
    "date": "'2026-10-01'",
    "ARRAY": "'{}'",
}
"""What a column gets that must have a value and about which a test says nothing; numbers get 1."""

FEE: Final = 6500


def numbered_id(number: int) -> str:
    """An id."""
    return f"00000000-0000-0000-0000-{number:012d}"


PERSON, REGISTRATION, SELECTION, PRACTICE, ORDER = (numbered_id(number) for number in range(1, 6))
CASES: Final[Mapping[str, tuple[str, str]]] = {
    "IDENTITY_PROOF": (numbered_id(11), PERSON),
    "PHONE_CHANGE": (numbered_id(12), numbered_id(22)),
    "SPECIAL_MAJOR": (numbered_id(13), REGISTRATION),
    "PRACTICE_COURSE": (numbered_id(14), PRACTICE),
    "DETAILS": (numbered_id(15), PERSON),
}
"""Each kind's case and what it is about."""


async def insert(connection: asyncpg.Connection, table: str, **values: Any) -> None:
    """A row; columns that are not named are filled."""
    schema, name = table.split(".")
    columns = await connection.fetch(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2"
        " AND is_nullable = 'NO' AND column_default IS NULL AND is_generated = 'NEVER' AND is_identity = 'NO'",
        schema,
        name,
    )
    filled = {row["column_name"]: FILLING.get(row["data_type"], "1") for row in columns}
    given = {column: _quoted(value) for column, value in values.items()}
    row = filled | given
    await connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(row.values())})")


async def create_unguarded_tables(owner_url: str) -> None:
    """Every service's tables, as `tables.py` has them, less what guards them: the triggers, which only migrations make,
    and the constraints.
    """
    address = make_url(owner_url).set(drivername="postgresql+asyncpg")
    for service in migrations.SERVICES:
        engine = create_async_engine(address, connect_args={"server_settings": {"search_path": f"{service},public"}})
        async with engine.begin() as connection:
            await connection.run_sync(tables_of(service).create_all)
            await connection.exec_driver_sql(WITHOUT_CONSTRAINTS.format(schema=service))
        await engine.dispose()


async def insert_valid_rows(connection: asyncpg.Connection) -> None:
    """Everything that is checked, once, and as it should be."""
    identity = {"candidate_id": PERSON, "identity_state": "VERIFIED", "review_case_id": CASES["IDENTITY_PROOF"][0]}
    await insert(connection, "identity.candidates", **identity)
    await insert(connection, "identity.candidates", candidate_id=numbered_id(91), identity_state="ENDED")
    await insert(connection, "identity.login_names", candidate_id=PERSON)
    when = "2026-10-01 04:00:00Z"
    phone = {"phone_change_id": CASES["PHONE_CHANGE"][1], "state": "EFFECTIVE", "decide_time": when}
    await insert(connection, "identity.phone_changes", **phone)
    ticket = {"ticket_number": "026000000001", "proof_state": "APPROVED"}
    await insert(connection, "enrollment.registrations", registration_id=REGISTRATION, candidate_id=PERSON, **ticket)
    await insert_selection(connection, SELECTION, "[2027-01-09 09:00, 2027-01-09 11:30)", order_id=ORDER)
    kind = {"course_kind": "SCHOOL_PRACTICE", "state": "AWAITING_SCHOOL"}
    await insert_selection(connection, PRACTICE, "[2027-01-10 09:00, 2027-01-10 11:30)", **kind)
    await insert_paid_order(connection)
    await insert_decided_cases(connection)


async def insert_selection(connection: asyncpg.Connection, selection_id: str, time_range: str, **more: Any) -> None:
    """A selection of the person, an effective one of theory unless told otherwise."""
    usual = {"candidate_id": PERSON, "course_kind": "THEORY", "state": "EFFECTIVE"}
    row = usual | {"selection_id": selection_id, "time_range": time_range} | more
    await insert(connection, "enrollment.selections", **row)


async def insert_paid_order(connection: asyncpg.Connection) -> None:
    """The theory selection's order, paid."""
    money = {"total_fen": FEE, "state": "PAID"}
    await insert(connection, "payment.orders", order_id=ORDER, candidate_id=PERSON, **money)
    await insert(connection, "payment.order_items", order_id=ORDER, item_id=SELECTION, fee_fen=FEE, paid=True)
    paid = {"state": "PAID", "purpose": "FEE", "paid_fen": FEE, "paid_time": "2026-10-01 04:00:00Z"}
    await insert(connection, "payment.attempts", order_id=ORDER, number=1, provider="sandbox", **paid)


async def insert_decided_cases(connection: asyncpg.Connection) -> None:
    """A case of each kind, approved at its first submission."""
    for number, (kind, (case_id, subject_id)) in enumerate(CASES.items(), 1):
        case = {"kind": kind, "candidate_id": PERSON, "subject_id": subject_id, "state": "APPROVED"}
        await insert(connection, "review.cases", case_id=case_id, submission=1, **case)
        await insert(connection, "review.decisions", case_id=case_id, submission=1, verdict="APPROVED")
        await insert_audit_entry(connection, number, case_id)


async def insert_audit_entry(connection: asyncpg.Connection, number: int, case_id: str) -> None:
    """The audit entry of a case's first decision."""
    entry = {"action": "CASE_DECIDED", "object_id": case_id, "facts": '{"submission": "1"}'}
    await insert(connection, "review.audit_entries", number=number, **entry)


def _quoted(value: Any) -> str:
    return str(value) if isinstance(value, int | bool) else "'" + str(value) + "'"
