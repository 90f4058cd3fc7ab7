"""Puts invented candidates into enrollment's tables, as the owner of the database: by the thousand, where the wizard's
way would take a password hash each.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

import asyncpg

from bench.seeding.invented_candidates import MAJOR, SCHOOL, Candidate, Programme
from services.enrollment.repository.rows import time_range

DISTRICT: Final = "310101"
TABLES: Final = ("standing", "registration", "participation", "selection")


async def seed_enrollment(owner_url: str, programme: Programme, candidates: Sequence[Candidate]) -> None:
    """Candidates whom nothing keeps from checking out (EN-2), with their drafts."""
    connection = await asyncpg.connect(owner_url)
    try:
        for table, rows in _rows(programme, candidates).items():
            await copy(connection, "enrollment", table, rows)
            await connection.execute(f"ANALYZE enrollment.{table}")
    finally:
        await connection.close()


async def copy(connection: asyncpg.Connection, schema: str, table: str, rows: Sequence[dict[str, Any]]) -> None:
    """Writes rows, all with the same columns, into a table."""
    await connection.copy_records_to_table(
        table, schema_name=schema, columns=list(rows[0]), records=[tuple(row.values()) for row in rows]
    )


def _rows(programme: Programme, candidates: Iterable[Candidate]) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {table: [] for table in TABLES}
    for candidate in candidates:
        rows["standing"].append(_standing(candidate))
        rows["registration"].append(_registration(candidate))
        rows["participation"].append(_participation(candidate, programme))
        rows["selection"] += _selections(candidate)
    return rows


def _standing(candidate: Candidate) -> dict[str, Any]:
    return {
        "candidate_id": candidate.candidate_id,
        "version": 1,
        "details_confirmed": True,
        "phone_verified": True,
        "identity_state": "VERIFIED",
        "document_type": "RESIDENT_CARD",
    }


def _registration(candidate: Candidate) -> dict[str, Any]:
    return {
        "registration_id": candidate.registration_id,
        "candidate_id": candidate.candidate_id,
        "school_code": SCHOOL,
        "major_code": MAJOR,
        "origin": "NEW",
        "proof_state": "NOT_NEEDED",
        "pledge_version": "1",
        "ticket_number": candidate.ticket_number,
        "create_time": candidate.selections[0].create_time,
    }


def _participation(candidate: Candidate, programme: Programme) -> dict[str, Any]:
    done = candidate.selections[0].create_time
    return {
        "candidate_id": candidate.candidate_id,
        "session_id": programme.session_id,
        "answers": json.dumps([]),
        "questionnaire_time": done,
        "notice_version": programme.notice_version,
        "notice_time": done,
        "district_code": DISTRICT,
    }


def _selections(candidate: Candidate) -> list[dict[str, Any]]:
    return [
        {
            "selection_id": held.selection_id,
            "candidate_id": held.candidate_id,
            "registration_id": held.registration_id,
            "session_id": held.session_id,
            "course_code": held.course_code,
            "course_kind": held.course_kind.value,
            "state": held.state.value,
            "fee_fen": held.fee_fen,
            "time_range": time_range(held.occupies),
            "create_time": held.create_time,
            "update_time": held.update_time,
        }
        for held in candidate.selections
    ]
