"""An organisation's decisions as a file, and its taking noted (RE-9, RE-7)."""

import csv
import io

import pytest
from zikao.review.v1 import review_service_pb2 as pb

from tests.integration.review.caller import Caller
from tests.integration.review.running_review import RunningReview
from tests.support.refusals import refusal_of


async def exported(reviewer: Caller, **dates: str) -> list[dict[str, str]]:
    body = await reviewer.call("ExportCases", pb.ExportCasesRequest(**dates))
    assert body.content_type.startswith("text/csv")
    return list(csv.DictReader(io.StringIO(body.data.decode(), newline="")))


async def test_the_export_holds_an_organisations_decisions_and_is_noted(
    sampling_review: RunningReview,
) -> None:  # RE-9, RE-7
    school, first, second = "10255", sampling_review.reviewer("10255"), sampling_review.reviewer("10255")
    case = await sampling_review.approved(first, school)
    await second.judge_again(case, "REJECTED", "PERSON_MISMATCH")
    (row,) = await exported(first)
    assert (row["case_id"], row["verdict"], row["second_verdict"]) == (case.case_id, "APPROVED", "REJECTED")
    assert row["decide_time"].startswith("2026-09-01 09:00:00")
    assert await exported(sampling_review.reviewer("10280")) == []
    assert await exported(first, until_date="2026-08-31") == []
    (entry,) = [
        entry
        for entry in await sampling_review.audit_entries()
        if entry.note.action.value == "EXPORTED"
        and entry.note.actor.actor_id == first.person_id
        and entry.note.facts
        and entry.note.facts["rows"] == "1"
    ]
    assert entry.note.facts is not None
    assert entry.note.facts["organisation"] == school


@pytest.mark.parametrize(
    ("dates", "reason"),
    [
        ({"from_date": "2026-02-30"}, "INVALID_REQUEST"),
        ({"from_date": "2026-09-02", "until_date": "2026-09-01"}, "EXPORT_TOO_LARGE"),
        ({"from_date": "2025-01-01", "until_date": "2026-09-01"}, "EXPORT_TOO_LARGE"),
    ],
)
async def test_an_export_has_days_that_exist_and_an_end(
    sampling_review: RunningReview, dates: dict[str, str], reason: str
) -> None:  # RE-9
    assert (await refusal_of(exported(sampling_review.reviewer(), **dates))).reason == reason
