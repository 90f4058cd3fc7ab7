"""Whoever asks sees the cases that are theirs to see, and the figures of their organisation (RE-1, RE-2)."""

from datetime import timedelta

import pytest
from zikao.common.v1 import audit_pb2
from zikao.review.v1 import review_service_pb2 as pb

from chassis.errors import Code
from services.review.domain.case_kinds import CaseKind
from tests.integration.review.running_review import AUTHORITY, SCHOOL, RunningReview, owner_of
from tests.support.refusals import refusal_of


@pytest.mark.parametrize("kind", CaseKind)
async def test_a_case_is_its_owners_alone(review: RunningReview, kind: CaseKind) -> None:  # RE-1, RE-2
    case = await review.submitted_of_kind(kind)
    of_kind = pb.ListCasesRequest(kind=kind.value, page_size=200)
    for organisation in (SCHOOL, "10246", AUTHORITY):
        queue = await review.reviewer(organisation).call("ListCases", of_kind)
        listed = case.case_id in [one.case_id for one in queue.cases]
        assert listed is (organisation == owner_of(kind))
        assert all(one.kind == case.kind for one in queue.cases)


async def test_the_queue_is_ordered_by_deadline_and_scoped_by_organisation(review: RunningReview) -> None:  # RE-2, RE-4
    later = await review.opened(organisation="10271")
    first = await review.submitted(organisation="10271")
    review.clock.advance(timedelta(hours=1))
    await review.hand_in(later)
    await review.candidate(later.candidate_id).call("SubmitCase", pb.SubmitCaseRequest(case_id=later.case_id))
    queue = await review.reviewer("10271").call("ListCases", pb.ListCasesRequest())
    assert [case.case_id for case in queue.cases] == [first.case_id, later.case_id]
    reviewer = review.reviewer("10271")
    page = await reviewer.call("ListCases", pb.ListCasesRequest(page_size=1))
    rest = await reviewer.call("ListCases", pb.ListCasesRequest(page_size=1, page_token=page.next_page_token))
    assert [case.case_id for case in [*page.cases, *rest.cases]] == [first.case_id, later.case_id]
    assert not (await review.reviewer("10280").call("ListCases", pb.ListCasesRequest())).cases


async def test_another_organisations_case_does_not_exist_for_a_reviewer(review: RunningReview) -> None:  # RE-2
    case = await review.submitted()
    stranger = review.reviewer("10246")
    assert (await refusal_of(stranger.call("GetCase", pb.GetCaseRequest(case_id=case.case_id)))).reason == "NOT_FOUND"
    assert (await refusal_of(stranger.claim(case.case_id))).reason == "NOT_FOUND"


async def test_another_candidates_case_does_not_exist_for_a_candidate(review: RunningReview) -> None:  # RE-2
    case, other = await review.submitted(), await review.opened()
    stranger = review.candidate(other.candidate_id)
    assert (await refusal_of(stranger.call("GetCase", pb.GetCaseRequest(case_id=case.case_id)))).reason == "NOT_FOUND"
    own = await stranger.call("ListCandidateCases", pb.ListCandidateCasesRequest(candidate_id="me"))
    assert [one.case_id for one in own.cases] == [other.case_id]


async def test_operators_see_anybodys_cases_and_each_look_is_an_entry(review: RunningReview) -> None:  # OP-3, ID-19
    case = await review.submitted()
    request = pb.ListCandidateCasesRequest(candidate_id=case.candidate_id)
    shown = await review.operator.call("ListCandidateCases", request)
    assert [(one.case_id, one.candidate_id) for one in shown.cases] == [(case.case_id, case.candidate_id)]
    entries = await review.audit(review.operator, audit_pb2.ListAuditEntriesRequest(object_id=case.case_id))
    last = entries.entries[-1]
    assert (last.action, last.actor_role) == (audit_pb2.CASE_VIEWED, "OPERATOR")
    nobody = pb.ListCandidateCasesRequest(candidate_id="me")
    assert (await refusal_of(review.operator.call("ListCandidateCases", nobody))).reason == "NOT_FOUND"


async def test_operators_alone_read_the_audit_log_page_by_page(review: RunningReview) -> None:  # RE-7, OP-1
    case = await review.submitted()
    request = audit_pb2.ListAuditEntriesRequest(object_id=case.case_id, page_size=2)
    first = await review.audit(review.operator, request)
    request.page_token = first.next_page_token
    rest = await review.audit(review.operator, request)
    actions = [audit_pb2.AuditAction.Name(entry.action) for entry in (*first.entries, *rest.entries)]
    assert actions == ["CASE_OPENED", "MATERIAL_ADDED", "CASE_SUBMITTED"]
    assert {entry.candidate_id for entry in first.entries} == {case.candidate_id}
    refusal = await refusal_of(review.audit(review.reviewer(), request))
    assert refusal.code is Code.PERMISSION_DENIED


async def test_a_reviewers_look_at_a_case_is_noted(review: RunningReview) -> None:  # RE-11
    case, reviewer = await review.submitted(), review.reviewer()
    await review.candidate(case.candidate_id).call("GetCase", pb.GetCaseRequest(case_id=case.case_id))
    assert (await review.audit_entries(case.case_id))[-1].note.action.value == "CASE_SUBMITTED"
    await reviewer.call("GetCase", pb.GetCaseRequest(case_id=case.case_id))
    note = (await review.audit_entries(case.case_id))[-1].note
    assert (note.action.value, note.actor.actor_id) == ("CASE_VIEWED", reviewer.person_id)


async def test_figures_say_what_waits_what_was_decided_and_how_often_two_agreed(
    sampling_review: RunningReview,
) -> None:  # RE-9
    school, first, second = "10252", sampling_review.reviewer("10252"), sampling_review.reviewer("10252")
    agreed, disputed = await sampling_review.approved(first, school), await sampling_review.approved(first, school)
    assert (await second.judge_again(agreed)).agreed
    await second.judge_again(disputed, "REJECTED", "PERSON_MISMATCH")
    oldest = await sampling_review.submitted(organisation=school)
    sampling_review.clock.advance(timedelta(days=1))
    held = await sampling_review.submitted(organisation=school)
    await first.claim(held.case_id)
    figures = await first.call("GetReviewFigures", pb.GetReviewFiguresRequest())
    assert (figures.waiting, figures.claimed, figures.overdue) == (1, 1, 0)
    assert figures.oldest_submit_time == oldest.update_time
    assert [(day.date, day.approved, day.rejected) for day in figures.days] == [("2026-09-01", 2, 0)]
    assert (figures.double_reviewed, figures.agreed) == (2, 1)
    sampling_review.clock.advance(timedelta(days=2))
    assert (await first.call("GetReviewFigures", pb.GetReviewFiguresRequest())).overdue == 1


async def test_figures_are_told_by_reviewer_and_for_operators_by_organisation(  # RE-9
    sampling_review: RunningReview,
) -> None:
    review, school = sampling_review, "10254"
    busy, second = review.reviewer(school), review.reviewer(school)
    case = await review.approved(busy, school)
    await review.approved(busy, school)
    rejected = await review.submitted(organisation=school)
    await second.decide(await second.claim(rejected.case_id), "REJECTED", "IMAGE_UNREADABLE")
    await second.judge_again(case)
    figures = await busy.call("GetReviewFigures", pb.GetReviewFiguresRequest())
    told = [(one.reviewer_id, one.approved, one.rejected, one.double_reviewed) for one in figures.reviewers]
    assert told == [(busy.person_id, 2, 0, 1), (second.person_id, 0, 1, 0)]
    assert (figures.own_today, figures.agreed) == (2, 1)
    await review.submitted(organisation=school)
    listed = await review.operator.call("ListReviewFigures", pb.ListReviewFiguresRequest())
    own = {one.organisation: (one.waiting, one.double_reviewed, one.agreed) for one in listed.figures}
    assert own[school] == (1, 1, 1)
    refused = await refusal_of(busy.call("ListReviewFigures", pb.ListReviewFiguresRequest()))
    assert refused.reason == "ACCESS_DENIED"
