"""Invented candidates, their requests and the check of what is answered (EN-10)."""

import json
from datetime import UTC, datetime

import pytest

from bench.contenders.bare_statements import statements_of
from bench.measurement.load_generator import Answer
from bench.seeding.invented_candidates import (
    Candidate,
    Programme,
    WrongAnswer,
    invent,
    must_be_checked_out,
    programme_without_suite,
    request_of,
    sliced,
)

NOW = datetime(2026, 9, 1, 1, tzinfo=UTC)


@pytest.fixture
def programme() -> Programme:
    return programme_without_suite(NOW)


@pytest.fixture
def candidate(programme: Programme) -> Candidate:
    return invent(programme, 1, NOW)[0]


def answer_to(candidate: Candidate, programme: Programme, **other: object) -> Answer:
    items = [
        {"selectionId": held.selection_id, "courseCode": held.course_code, "feeFen": str(held.fee_fen)}
        for held in candidate.selections
    ]
    said = {
        "orderId": "an id",
        "items": items,
        "totalFen": str(programme.total_fen),
        "orderState": "UNSETTLED",
        "undertakingVersion": programme.undertaking_version,
    }
    return Answer(200, json.dumps(said | other).encode())


def test_nobody_s_courses_overlap(candidate: Candidate):  # EN-5
    ranges = [held.occupies for held in candidate.selections]
    assert all(one and other for one in ranges for other in ranges)
    assert not any(one.overlaps(other) for one in ranges for other in ranges if one and other and one is not other)


def test_everybody_is_somebody_else_and_nobody_checks_out_twice(programme: Programme):
    people = invent(programme, 30, NOW)
    batches = sliced(people, [5, 10, 15])
    assert [len(batch) for batch in batches] == [5, 10, 15]
    assert len({one.candidate_id for batch in batches for one in batch}) == 30
    assert len({one.ticket_number for one in people}) == 30


def test_a_request_names_the_drafts_the_candidate_saw(candidate: Candidate, programme: Programme):
    asked = request_of(candidate, programme, "token")
    assert asked.path == f"/v1/sessions/{programme.session_id}:checkout"
    assert json.loads(asked.body)["selectionIds"] == [held.selection_id for held in candidate.selections]


def test_the_right_answer_passes(candidate: Candidate, programme: Programme):
    must_be_checked_out(candidate, programme, answer_to(candidate, programme))


@pytest.mark.parametrize(
    "other",
    [
        {"orderId": ""},
        {"items": []},
        {"totalFen": "1"},
        {"orderState": "CREATING"},
        {"undertakingVersion": "2"},
    ],
)
def test_any_other_answer_does_not(candidate: Candidate, programme: Programme, other: dict[str, object]):
    with pytest.raises(WrongAnswer):
        must_be_checked_out(candidate, programme, answer_to(candidate, programme, **other))


def test_a_refusal_is_told_as_it_came(candidate: Candidate, programme: Programme):
    with pytest.raises(WrongAnswer, match="503 busy"):
        must_be_checked_out(candidate, programme, Answer(503, b"busy"))


async def test_the_raw_baseline_sends_what_the_services_send(candidate: Candidate, programme: Programme):
    reserving, creating = await statements_of(candidate, programme, NOW)
    assert "UPDATE selection SET state = 'RESERVED'" in reserving.statement
    assert "INSERT INTO orders" in creating.statement
    assert reserving.values[0] == creating.values[0], "both are about the same order"
    assert candidate.candidate_id in reserving.values
    assert candidate.candidate_id in creating.values
