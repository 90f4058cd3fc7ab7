"""RE-9: sampled decisions are judged again by somebody else, without seeing the first verdict; figures and export."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from zikao.review.v1 import resources_pb2
from zikao.review.v1 import review_service_pb2 as pb

from chassis.clock import ManualClock
from tests.integration.review.conftest import SCHOOL, Person, Review, serving
from tests.integration.review.refusals import reason_of, refused


@pytest.fixture
async def review(database_url: str, tmp_path: Path, clock: ManualClock) -> AsyncIterator[Review]:
    """A review at which every decision is judged twice."""
    async with serving(database_url, tmp_path, clock, double_review_share=1.0) as one:
        yield one


async def approved(review: Review, reviewer: Person, organisation: str = SCHOOL) -> resources_pb2.Case:
    case = await review.submitted(organisation=organisation)
    return await reviewer.decide(await reviewer.claim(case.case_id))


async def judge(
    reviewer: Person, case: resources_pb2.Case, verdict: str = "APPROVED", reason: str = "REASON_UNSPECIFIED"
) -> resources_pb2.SecondReview:
    request = pb.DecideSecondReviewRequest(case_id=case.case_id, submission=1, verdict=verdict, reason=reason)
    return await reviewer.call("DecideSecondReview", request)


async def sampled(reviewer: Person) -> list[str]:
    found = await reviewer.call("ListSecondReviews", pb.ListSecondReviewsRequest())
    return [one.case_id for one in found.second_reviews]


async def test_the_sample_waits_for_everybody_but_who_decided(review: Review) -> None:  # RE-9, RE-2
    first, second, stranger = review.reviewer("10271"), review.reviewer("10271"), review.reviewer("10280")
    case = await approved(review, first, "10271")
    assert [await sampled(one) for one in (first, second, stranger)] == [[], [case.case_id], []]
    own = pb.GetSecondReviewRequest(case_id=case.case_id, submission=1)
    for one in (first, stranger):
        await refused(one.call("GetSecondReview", own), "NOT_FOUND")
        await refused(judge(one, case), "NOT_FOUND")


async def test_the_second_reviewer_sees_the_images_and_not_the_verdict(review: Review) -> None:  # RE-9
    case, second = await approved(review, review.reviewer()), review.reviewer()
    request = pb.GetSecondReviewRequest(case_id=case.case_id, submission=1)
    review = await second.call("GetSecondReview", request)
    assert (review.display_name, len(review.materials), review.HasField("decision")) == ("王晓岚", 1, False)
    look = pb.GetMaterialRequest(case_id=case.case_id, material_id=review.materials[0].material_id)
    assert (await second.call("GetMaterial", look)).data


async def test_images_of_a_case_asked_for_again_are_seen_by_the_second_reviewer(
    review: Review,
) -> None:  # RE-9
    first, second = review.reviewer(), review.reviewer()
    case = await review.submitted()
    await first.decide(await first.claim(case.case_id), "ASKED_AGAIN", "IMAGE_UNREADABLE")
    look = pb.GetMaterialRequest(case_id=case.case_id, material_id=case.materials[0].material_id)
    assert (await second.call("GetMaterial", look)).data
    await refused(first.call("GetMaterial", look), "CASE_NOT_CLAIMED")
    assert (await judge(second, case, "REJECTED", "IMAGE_UNREADABLE")).agreed is False
    await refused(second.call("GetMaterial", look), "CASE_NOT_CLAIMED")


async def test_a_second_judgement_is_given_once_and_changes_nothing_for_the_candidate(
    review: Review,
) -> None:  # RE-9, RE-6
    case = await approved(review, review.reviewer())
    await review.service.relay.deliver_once()
    rivals = [review.reviewer() for _ in range(4)]
    outcomes = await asyncio.gather(
        *(judge(one, case, "REJECTED", "PERSON_MISMATCH") for one in rivals), return_exceptions=True
    )
    given = [one for one in outcomes if isinstance(one, resources_pb2.SecondReview)]
    refusals = {reason_of(one) for one in outcomes if not isinstance(one, resources_pb2.SecondReview)}
    assert (len(given), given[0].agreed, refusals) == (1, False, {"SECOND_REVIEW_GIVEN"})
    winner = next(one for one, outcome in zip(rivals, outcomes, strict=True) if outcome is given[0])
    assert await judge(winner, case, "REJECTED", "PERSON_MISMATCH") == given[0]
    await refused(judge(winner, case), "SECOND_REVIEW_GIVEN")
    await review.service.relay.deliver_once()
    assert len(review.listener.decisions(case.case_id)) == 1
    seen = await review.candidate(case.candidate_id).call("GetCase", pb.GetCaseRequest(case_id=case.case_id))
    assert (seen.state, len(seen.decisions), seen.double_review) == (resources_pb2.Case.APPROVED, 1, False)


async def test_a_second_judgement_needs_its_reason_too(review: Review) -> None:  # RE-9, RE-4
    case = await approved(review, review.reviewer())
    await refused(judge(review.reviewer(), case, "REJECTED"), "REASON_REQUIRED")


async def test_figures_say_what_waits_what_was_decided_and_how_often_two_agreed(review: Review) -> None:  # RE-9
    school, first, second = "10252", review.reviewer("10252"), review.reviewer("10252")
    agreed, disputed = await approved(review, first, school), await approved(review, first, school)
    assert (await judge(second, agreed)).agreed
    await judge(second, disputed, "REJECTED", "PERSON_MISMATCH")
    oldest = await review.submitted(organisation=school)
    review.clock.advance(timedelta(days=1))
    held = await review.submitted(organisation=school)
    await first.claim(held.case_id)
    figures = await first.call("GetReviewFigures", pb.GetReviewFiguresRequest())
    assert (figures.waiting, figures.claimed, figures.overdue) == (1, 1, 0)
    assert figures.oldest_submit_time == oldest.update_time
    assert [(day.date, day.approved, day.rejected) for day in figures.days] == [("2026-09-01", 2, 0)]
    assert (figures.double_reviewed, figures.agreed) == (2, 1)
    review.clock.advance(timedelta(days=2))
    assert (await first.call("GetReviewFigures", pb.GetReviewFiguresRequest())).overdue == 1


async def exported(reviewer: Person, **dates: str) -> list[dict[str, str]]:
    body = await reviewer.call("ExportCases", pb.ExportCasesRequest(**dates))
    assert body.content_type.startswith("text/csv")
    return list(csv.DictReader(io.StringIO(body.data.decode(), newline="")))


async def test_the_export_holds_an_organisations_decisions_and_is_noted(review: Review) -> None:  # RE-9, RE-7
    school, first, second = "10255", review.reviewer("10255"), review.reviewer("10255")
    case = await approved(review, first, school)
    await judge(second, case, "REJECTED", "PERSON_MISMATCH")
    (row,) = await exported(first)
    assert (row["case_id"], row["verdict"], row["second_verdict"]) == (case.case_id, "APPROVED", "REJECTED")
    assert row["decide_time"].startswith("2026-09-01 09:00:00")
    assert await exported(review.reviewer("10280")) == []
    assert await exported(first, until_date="2026-08-31") == []
    (entry,) = [
        entry
        for entry in await review.service.dependencies.audit_log.list_entries("", since=None, after=0, size=10_000)
        if entry.note.action.value == "EXPORTED"
        and entry.note.actor_id == first.person_id
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
    review: Review, dates: dict[str, str], reason: str
) -> None:  # RE-9
    await refused(exported(review.reviewer(), **dates), reason)
