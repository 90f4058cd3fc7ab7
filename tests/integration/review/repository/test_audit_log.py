"""The audit log is one chain that nobody changes unnoticed (RE-7)."""

import asyncio

import asyncpg
import pytest
from sqlalchemy import text

from chassis.postgres.database import Database
from services.review.domain.audit_log import first_broken
from tests.integration.review.running_review import RunningReview


async def test_the_audit_log_verifies_and_accepts_no_change(
    review: RunningReview, db: Database, owner_url: str
) -> None:  # RE-7
    case, reviewer = await review.submitted(), review.reviewer()
    await reviewer.decide(await reviewer.claim(case.case_id))
    assert first_broken(await review.audit_entries()) is None
    for statement in ("UPDATE audit_entries SET actor_id = 'nobody'", "DELETE FROM audit_entries"):
        with pytest.raises(Exception, match="permission denied"):
            await db.execute(text(statement))
    owner = await asyncpg.connect(owner_url, server_settings={"search_path": "review"})
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await owner.execute("DELETE FROM audit_entries")
    await owner.close()


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit_entries SET actor_id = 'nobody' WHERE number = 2",
        "UPDATE audit_entries SET facts = '{}' WHERE number = 1",
        "DELETE FROM audit_entries WHERE number = 2",
        "UPDATE audit_entries SET number = CASE number WHEN 2 THEN -3 ELSE -2 END WHERE number IN (2, 3);"
        "UPDATE audit_entries SET number = -number WHERE number < 0",
    ],
    ids=["tampered", "stripped", "removed", "reordered"],
)
async def test_what_an_owner_does_behind_the_triggers_back_is_found(  # RE-7
    review: RunningReview, owner_url: str, tampering: str
) -> None:
    await review.submitted()
    owner = await asyncpg.connect(owner_url, server_settings={"search_path": "review"})
    before = await owner.fetch("SELECT * FROM audit_entries")
    await owner.execute(f"ALTER TABLE audit_entries DISABLE TRIGGER audit_append_only; {tampering}")
    assert first_broken(await review.audit_entries()) in (1, 2)
    await owner.execute("DELETE FROM audit_entries")
    await owner.copy_records_to_table("audit_entries", records=before, schema_name="review")
    await owner.execute("ALTER TABLE audit_entries ENABLE TRIGGER audit_append_only")
    assert first_broken(await review.audit_entries()) is None
    await owner.close()


async def test_entries_written_at_once_make_one_chain(review: RunningReview) -> None:  # RE-7
    await asyncio.gather(*(review.opened() for _ in range(24)))
    assert first_broken(await review.audit_entries()) is None
