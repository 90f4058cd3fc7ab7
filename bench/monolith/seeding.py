"""Makes the monolith's tables, and puts invented candidates into them."""

from collections.abc import Sequence
from typing import Any, Final

import asyncpg
from sqlalchemy.ext.asyncio import create_async_engine

from bench.monolith.invented_candidates import MAJOR, SCHOOL, SITTING, Candidate, Programme
from bench.monolith.tables import Base

DISTRICT: Final = "310101"


async def make_tables(async_url: str, programme: Programme) -> None:
    """Every table, and the exam session that everybody registers for."""
    engine = create_async_engine(async_url)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
        session = {
            "id": programme.session_id,
            "registration_begins": programme.registration_start,
            "registration_ends": programme.registration_end,
            "payment_cutoff": programme.payment_cutoff,
            "undertaking_version": programme.undertaking_version,
            "notice_version": programme.notice_version,
        }
        await connection.execute(Base.metadata.tables["sessions"].insert().values(session))
    await engine.dispose()


async def seed_monolith(owner_url: str, programme: Programme, candidates: Sequence[Candidate]) -> None:
    """The same candidates as the suite gets: nothing keeps them from checking out."""
    connection = await asyncpg.connect(owner_url)
    try:
        for table, rows in (
            ("candidates", [_candidate(each) for each in candidates]),
            ("registrations", [_registration(each) for each in candidates]),
            ("participations", [_participation(each, programme) for each in candidates]),
            ("selections", [row for each in candidates for row in _drafts(each, programme)]),
        ):
            records = [tuple(row.values()) for row in rows]
            await connection.copy_records_to_table(table, columns=list(rows[0]), records=records)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


def _candidate(candidate: Candidate) -> dict[str, Any]:
    return {
        "id": candidate.candidate_id,
        "details_confirmed": True,
        "phone_verified": True,
        "identity_state": "VERIFIED",
    }


def _registration(candidate: Candidate) -> dict[str, Any]:
    return {
        "id": candidate.registration_id,
        "candidate_id": candidate.candidate_id,
        "school_code": SCHOOL,
        "major_code": MAJOR,
        "proof_state": "NOT_NEEDED",
        "ticket_number": candidate.ticket_number,
    }


def _participation(candidate: Candidate, programme: Programme) -> dict[str, Any]:
    return {
        "candidate_id": candidate.candidate_id,
        "session_id": programme.session_id,
        "questionnaire_time": candidate.create_time,
        "notice_version": programme.notice_version,
        "district_code": DISTRICT,
    }


def _drafts(candidate: Candidate, programme: Programme) -> list[dict[str, Any]]:
    return [
        {
            "id": held.selection_id,
            "candidate_id": candidate.candidate_id,
            "registration_id": candidate.registration_id,
            "session_id": programme.session_id,
            "course_code": held.course.code,
            "course_name": held.course.name,
            "fee_fen": held.course.fee_fen,
            "state": "DRAFT",
            "live": True,
            "time_range": asyncpg.Range(held.course.begins, held.course.begins + SITTING),
            "update_time": candidate.create_time,
        }
        for held in candidate.drafts
    ]
