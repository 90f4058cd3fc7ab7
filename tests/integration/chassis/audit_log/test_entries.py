"""An audit log is one chain that nobody changes unnoticed, in the transaction of what it notes (RE-7, RE-11)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import asyncpg
import pytest
from google.protobuf.json_format import MessageToDict
from sqlalchemy import text

from chassis.audit_log.entries import AuditEntry, AuditLog, append_entry, erase_reasons, insert_from, parameters
from chassis.audit_log.notes import Actor, AuditAction, AuditFilter, AuditNote
from chassis.audit_log.servicer import entry_message, look_message
from chassis.clock import SystemClock
from chassis.ids import new_id
from chassis.postgres.database import Database
from chassis.postgres.driver_statements import sql
from cli.verify.audit_chain import ChainCheck, check_entries

Owner: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
NOW = datetime(2026, 9, 1, 1, 2, 3, 40, tzinfo=UTC)
OPERATOR = Actor("operator", "OPERATOR", "AUTHORITY")


def note(object_id: str = "", **named: Any) -> AuditNote:
    return AuditNote(AuditAction.SESSION_CANCELLED, "session", object_id, actor=OPERATOR, **named)


@pytest.fixture
def log(db: Database) -> AuditLog:
    return AuditLog(db, SystemClock())


@pytest.fixture
async def owner(owner_url: str) -> AsyncIterator[Owner]:
    """The owner of the database, who may do anything."""
    connection = await asyncpg.connect(owner_url, server_settings={"search_path": "chassis"})
    yield connection
    await connection.close()


async def whole(log: AuditLog, **wanted: str) -> list[AuditEntry]:
    return list(await log.list_entries(AuditFilter(**wanted), since=None, after=0, size=100_000))


async def checked(log: AuditLog) -> ChainCheck:
    """What an auditor finds, who knows nothing of the statements that write the chain."""

    async def shown() -> AsyncIterator[dict[str, Any]]:
        for entry in await whole(log):
            yield MessageToDict(entry_message(entry))

    return await check_entries("review", shown())


TRICKY = [
    "",
    "停电，考点无法使用",
    'a "quoted" \\ reason',
    "tab\tand\nnewline\r\x08\x0c\x1f",
    "\x7f\x85\u2028 and \U00031350 and e\u0301",
]


@pytest.mark.parametrize("reason", TRICKY)
async def test_what_postgresql_chains_an_auditor_computes_alike(log: AuditLog, reason: str) -> None:  # RE-7
    facts = {"b": reason, "a": "1", "Z": "2", "ä": "3", "_": ""}
    await log.add_entry(note(new_id(), reason=reason, facts=facts, candidate_id=new_id()))
    assert (await checked(log)).broken == ""
    last = (await whole(log))[-1].note
    assert (last.reason, last.facts, last.actor) == (reason, facts, OPERATOR)


async def test_a_candidate_reads_the_looks_of_staff_newest_first_and_nothing_else(log: AuditLog) -> None:  # ID-19
    mine, case_id = new_id(), new_id()
    reviewer, self_seen = Actor("r", "REVIEWER", "10269"), Actor(mine, "CANDIDATE")
    for action, whose, actor in (
        (AuditAction.CASE_VIEWED, mine, reviewer),
        (AuditAction.MATERIAL_VIEWED, mine, self_seen),
        (AuditAction.MATERIAL_VIEWED, new_id(), reviewer),
        (AuditAction.CASE_CLAIMED, mine, reviewer),
        (AuditAction.PORTRAIT_VIEWED, mine, OPERATOR),
    ):
        await log.add_entry(AuditNote(action, "case", case_id, whose, actor=actor))
    looks = [look_message(entry) for entry in await log.list_looks(mine, before=None, size=10)]
    assert [(one.actor_role, one.organisation, one.case_id) for one in looks] == [
        ("OPERATOR", "AUTHORITY", case_id),
        ("REVIEWER", "10269", case_id),
    ]
    (newest,) = await log.list_looks(mine, before=None, size=1)
    (older,) = await log.list_looks(mine, before=newest.number, size=10)
    assert (newest.note.action, older.note.action) == (AuditAction.PORTRAIT_VIEWED, AuditAction.CASE_VIEWED)


async def test_entries_written_at_once_make_one_chain(log: AuditLog, other_replica: Database) -> None:  # RE-7
    other, before = AuditLog(other_replica, SystemClock()), len(await whole(log))
    await asyncio.gather(*((log, other)[one % 2].add_entry(note(str(one))) for one in range(48)))
    found = await checked(log)
    assert (found.broken, found.entries) == ("", before + 48)


async def test_an_entry_stands_or_falls_with_what_it_notes(log: AuditLog, db: Database) -> None:  # RE-11
    kept, lost = new_id(), new_id()
    async with db.transaction() as transaction:
        await append_entry(transaction, note(kept), at=NOW)
    with pytest.raises(ZeroDivisionError):
        async with db.transaction() as transaction:
            await append_entry(transaction, note(lost), at=NOW)
            raise ZeroDivisionError
    (entry,) = await whole(log, object_id=kept)
    assert (entry.create_time, await whole(log, object_id=lost)) == (NOW, [])
    assert (await checked(log)).broken == ""


async def test_a_statement_that_changes_nothing_leaves_no_entry(log: AuditLog, db: Database) -> None:  # RE-11
    statement = sql(f"WITH changed AS (SELECT FROM generate_series(1, :rows::int)) {insert_from('changed')}")
    done, undone = new_id(), new_id()
    await db.hot.execute(statement, rows=2, **parameters(note(done), NOW))
    await db.hot.execute(statement, rows=0, **parameters(note(undone), NOW))
    assert [len(await whole(log, object_id=one)) for one in (done, undone)] == [1, 0]


async def test_a_log_is_read_by_whom_it_is_about_and_from_when(log: AuditLog) -> None:  # ID-19, RE-11
    candidate_id = new_id()
    for _ in range(3):
        await log.add_entry(note(new_id(), candidate_id=candidate_id))
    found = await whole(log, candidate_id=candidate_id)
    assert len(found) == 3
    later = found[0].create_time + timedelta(days=1)
    wanted = AuditFilter(candidate_id=candidate_id)
    assert await log.list_entries(wanted, since=later, after=0, size=10) == []
    rest = await log.list_entries(wanted, since=found[0].create_time, after=found[0].number, size=1)
    assert [one.number for one in rest] == [found[1].number]


@pytest.mark.parametrize("statement", ["UPDATE audit_entries SET actor_id = 'nobody'", "DELETE FROM audit_entries"])
async def test_nobody_changes_what_is_written(
    log: AuditLog, db: Database, owner: Owner, statement: str
) -> None:  # RE-7
    await log.add_entry(note())
    with pytest.raises(Exception, match="permission denied"):
        await db.execute(text(statement))
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await owner.execute(statement)


async def test_what_people_typed_about_somebody_can_go_and_the_chain_verifies(
    log: AuditLog, db: Database, owner: Owner
) -> None:  # ID-20
    erased, other = new_id(), new_id()
    for candidate_id in (erased, other):
        await log.add_entry(note(new_id(), reason="本人来电，13800138000", candidate_id=candidate_id))
    async with db.transaction() as transaction:
        assert await erase_reasons(transaction, erased) == 1
        assert await erase_reasons(transaction, erased) == 0
    ((gone,), (kept,)) = [await whole(log, candidate_id=one) for one in (erased, other)]
    assert (gone.note.reason, gone.reason_salt, kept.note.reason) == ("", b"", "本人来电，13800138000")
    assert (await checked(log)).broken == ""
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await owner.execute("UPDATE audit_entries SET reason = 'another'")


TAMPERING = {
    "reworded": "UPDATE audit_entries SET reason = 'another' WHERE number = 1",
    "tampered": "UPDATE audit_entries SET actor_id = 'nobody' WHERE number = 2",
    "stripped": "UPDATE audit_entries SET facts = '{}' WHERE number = 1",
    "removed": "DELETE FROM audit_entries WHERE number = 2",
    "reordered": "UPDATE audit_entries SET number = CASE number WHEN 2 THEN -3 ELSE -2 END WHERE number IN (2, 3);"
    "UPDATE audit_entries SET number = -number WHERE number < 0",
}


@pytest.mark.parametrize("tampering", TAMPERING.values(), ids=TAMPERING)
async def test_what_an_owner_does_behind_the_triggers_back_is_found(  # RE-7
    log: AuditLog, owner: Owner, tampering: str
) -> None:
    for number in range(3):
        await log.add_entry(note(facts={"number": str(number)}))
    before = await owner.fetch("SELECT * FROM audit_entries")
    await owner.execute(f"ALTER TABLE audit_entries DISABLE TRIGGER USER; {tampering}")
    assert (await checked(log)).broken.startswith(("review: Entry 1 ", "review: Entry 2 "))
    await owner.execute("DELETE FROM audit_entries")
    await owner.copy_records_to_table("audit_entries", records=before, schema_name="chassis")
    await owner.execute("ALTER TABLE audit_entries ENABLE TRIGGER USER")
    assert (await checked(log)).broken == ""
