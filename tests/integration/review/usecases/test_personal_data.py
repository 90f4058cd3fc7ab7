"""What review erases of a candidate: images, names and notes; figures and the audit log stay (ID-20)."""

from zikao.common.v1.personal_data_pb2 import EraseCandidateDataRequest
from zikao.review.v1 import personal_data_service_pb2_grpc, resources_pb2
from zikao.review.v1 import review_service_pb2 as pb

from tests.integration.review.running_review import RunningReview
from tests.support.kept_images import kept_images
from tests.support.refusals import refusal_of

Case = resources_pb2.Case


async def erase(review: RunningReview, candidate_id: str) -> None:
    stub = personal_data_service_pb2_grpc.PersonalDataServiceStub(review.peer)
    request = EraseCandidateDataRequest(candidate_id=candidate_id)
    await stub.EraseCandidateData(request, metadata=review.credentials.service("identity", "review"))


async def known(review: RunningReview, case: Case) -> Case:
    return await review.reviewer().call("GetCase", pb.GetCaseRequest(case_id=case.case_id))


async def test_a_case_that_waits_is_withdrawn_without_images_and_names(review: RunningReview) -> None:  # ID-20
    case, other = await review.submitted(), await review.submitted()
    images = await kept_images(review.service.dependencies.blobs)
    await erase(review, case.candidate_id)
    await erase(review, case.candidate_id)
    after = await known(review, case)
    assert (after.state, after.display_name, list(after.materials)) == (Case.WITHDRAWN, "", [])
    assert images - await kept_images(review.service.dependencies.blobs) == {
        f"{case.case_id}/{one.material_id}" for one in case.materials
    }
    theirs = await known(review, other)
    assert (theirs.state, theirs.display_name, len(theirs.materials)) == (Case.WAITING, other.display_name, 1)


async def test_a_decision_stays_for_the_figures_without_its_note(review: RunningReview) -> None:  # ID-20, RE-7
    case, reviewer = await review.submitted(), review.reviewer()
    etag, note = (await reviewer.claim(case.case_id)).etag, "持证人本人，电话 13800138000"
    decided = pb.DecideCaseRequest(case_id=case.case_id, verdict="APPROVED", note=note, etag=etag)
    await reviewer.call("DecideCase", decided)
    review.clock.advance(review.service.dependencies.config.undo_time)
    await erase(review, case.candidate_id)
    after = await known(review, case)
    assert (after.state, after.display_name) == (Case.APPROVED, "")
    assert [decision.note for decision in after.decisions] == [""]
    assert not [entry for entry in await review.audit_entries(case.case_id) if entry.note.reason]


async def test_a_decision_that_could_be_undone_stands_when_its_candidate_goes(
    undoing_review: RunningReview,
) -> None:  # ID-20, RE-12, invariant 5
    case, reviewer = await undoing_review.submitted(), undoing_review.reviewer()
    etag = (await reviewer.claim(case.case_id)).etag
    decided = pb.DecideCaseRequest(case_id=case.case_id, verdict="APPROVED", etag=etag)
    await reviewer.call("DecideCase", decided)
    await erase(undoing_review, case.candidate_id)
    after = await known(undoing_review, case)
    assert (after.state, after.display_name) == (Case.APPROVED, "")
    undo = reviewer.call("UndoDecision", pb.UndoDecisionRequest(case_id=case.case_id))
    assert (await refusal_of(undo)).reason == "DECISION_IN_EFFECT"


async def test_only_identity_has_somebody_erased(review: RunningReview) -> None:  # ID-20, OP-8
    stub = personal_data_service_pb2_grpc.PersonalDataServiceStub(review.peer)
    case = await review.opened()
    request = EraseCandidateDataRequest(candidate_id=case.candidate_id)
    call = stub.EraseCandidateData(request, metadata=review.credentials.service("enrollment", "review"))
    assert (await refusal_of(call)).code.value == "PERMISSION_DENIED"
