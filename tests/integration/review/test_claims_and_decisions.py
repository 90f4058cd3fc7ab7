"""The reviewer's review on a real PostgreSQL: queue, claims, races, decisions, delivery."""

import asyncio
import io
from collections.abc import Sequence
from datetime import timedelta

import asyncpg
import grpc
import pytest
from PIL import Image
from sqlalchemy import text
from zikao.review.v1 import resources_pb2
from zikao.review.v1 import review_service_pb2 as pb

from chassis.errors import RemoteRefusal
from chassis.postgres.database import Database
from services.review.domain.audit_log import AuditEntry, first_broken
from tests.integration.review.conftest import Review, photo
from tests.integration.review.refusals import reason_of, refused


async def test_opening_a_case_twice_opens_it_once(review: Review) -> None:  # RE-6
    case = await review.opened()
    request = pb.OpenCaseRequest(
        case_id=case.case_id,
        kind=case.kind,
        candidate_id=case.candidate_id,
        subject_id=case.subject_id,
        organisation=case.organisation,
    )
    again = await review.identity.call("OpenCase", request)
    assert again == case
    request.subject_id = "00000000-0000-4000-8000-000000000000"
    await refused(review.identity.call("OpenCase", request), "CASE_ID_REUSED")


async def test_an_image_is_kept_without_its_metadata(review: Review) -> None:  # RE-3
    case = await review.opened()
    material = await review.hand_in(case, photo(image_format="PNG"))
    request = pb.GetMaterialRequest(case_id=case.case_id, material_id=material.material_id)
    body = await review.candidate(case.candidate_id).call("GetMaterial", request)
    with Image.open(io.BytesIO(body.data)) as kept:
        assert (kept.format, kept.size, len(kept.getexif())) == ("JPEG", (640, 480), 0)


@pytest.mark.parametrize(
    "content",
    [b"not an image", photo(size=(100, 100)), photo(image_format="GIF"), b"\xff\xd8" + b"0" * (5 * 1024 * 1024)],
    ids=["text", "tiny", "gif", "huge"],
)
async def test_what_is_no_proper_image_is_refused(review: Review, content: bytes) -> None:  # RE-3
    case = await review.opened()
    await refused(review.hand_in(case, content), "MATERIAL_REFUSED")


async def test_the_same_image_twice_is_one_material(review: Review) -> None:  # RE-3
    case = await review.opened()
    first, second = await review.hand_in(case, photo()), await review.hand_in(case, photo())
    assert first.material_id == second.material_id


async def test_the_queue_is_ordered_by_deadline_and_scoped_by_organisation(
    review: Review,
) -> None:  # RE-2, RE-4
    later = await review.opened(organisation="10271")
    first = await review.submitted(organisation="10271")
    review.clock.advance(timedelta(hours=1))
    await review.hand_in(later)
    await review.candidate(later.candidate_id).call("SubmitCase", pb.SubmitCaseRequest(case_id=later.case_id))
    queue = await review.reviewer("10271").call("ListCases", pb.ListCasesRequest())
    assert [case.case_id for case in queue.cases] == [first.case_id, later.case_id]
    page = await review.reviewer("10271").call("ListCases", pb.ListCasesRequest(page_size=1))
    rest = await review.reviewer("10271").call(
        "ListCases", pb.ListCasesRequest(page_size=1, page_token=page.next_page_token)
    )
    assert [case.case_id for case in [*page.cases, *rest.cases]] == [first.case_id, later.case_id]
    assert not (await review.reviewer("10280").call("ListCases", pb.ListCasesRequest())).cases


async def test_another_organisations_case_does_not_exist_for_a_reviewer(review: Review) -> None:  # RE-2
    case = await review.submitted()
    stranger = review.reviewer("10246")
    await refused(stranger.call("GetCase", pb.GetCaseRequest(case_id=case.case_id)), "NOT_FOUND")
    await refused(stranger.claim(case.case_id), "NOT_FOUND")


async def test_another_candidates_case_does_not_exist_for_a_candidate(review: Review) -> None:  # RE-2
    case, other = await review.submitted(), await review.opened()
    stranger = review.candidate(other.candidate_id)
    await refused(stranger.call("GetCase", pb.GetCaseRequest(case_id=case.case_id)), "NOT_FOUND")
    own = await stranger.call("ListCandidateCases", pb.ListCandidateCasesRequest(candidate_id="me"))
    assert [one.case_id for one in own.cases] == [other.case_id]


async def test_of_two_reviewers_who_claim_one_case_one_has_it(review: Review) -> None:  # RE-4, F-14
    case = await review.submitted()
    outcomes = await asyncio.gather(*(review.reviewer().claim(case.case_id) for _ in range(8)), return_exceptions=True)
    won = [one for one in outcomes if isinstance(one, resources_pb2.Case)]
    lost = {reason_of(one) for one in outcomes if isinstance(one, grpc.aio.AioRpcError)}
    assert (len(won), lost) == (1, {"CASE_CLAIMED"})


async def test_a_lapsed_claim_goes_to_the_next_reviewer(review: Review) -> None:  # RE-4
    case, slow, quick = await review.submitted(), review.reviewer(), review.reviewer()
    held = await slow.claim(case.case_id)
    review.clock.advance(timedelta(minutes=30))
    taken = await quick.claim(case.case_id)
    await refused(slow.decide(held), "CASE_CLAIMED")
    assert (await quick.decide(taken)).state == resources_pb2.Case.APPROVED


async def test_of_two_decisions_at_once_one_stands(review: Review) -> None:  # RE-4, F-14, invariant 5
    case, reviewer = await review.submitted(), review.reviewer()
    held = await reviewer.claim(case.case_id)
    outcomes = await asyncio.gather(
        reviewer.decide(held),
        reviewer.decide(held, "REJECTED", "IMAGE_UNREADABLE"),
        reviewer.decide(held, "ASKED_AGAIN", "MATERIAL_MISSING"),
        return_exceptions=True,
    )
    assert sum(isinstance(one, resources_pb2.Case) for one in outcomes) == 1
    known = await reviewer.call("GetCase", pb.GetCaseRequest(case_id=case.case_id))
    assert len(known.decisions) == 1


async def test_a_decision_whose_answer_was_lost_can_be_sent_again(review: Review) -> None:  # RE-4, F-13
    case, reviewer = await review.submitted(), review.reviewer()
    held = await reviewer.claim(case.case_id)
    first = await reviewer.decide(held, "REJECTED", "IMAGE_UNREADABLE")
    assert await reviewer.decide(held, "REJECTED", "IMAGE_UNREADABLE") == first
    await refused(reviewer.decide(held), "CASE_NOT_CLAIMED")
    await refused(review.reviewer().decide(held, "REJECTED", "IMAGE_UNREADABLE"), "CASE_NOT_CLAIMED")
    await review.service.relay.deliver_once()
    assert len(review.listener.decisions(case.case_id)) == 1


async def test_a_rejected_candidate_learns_what_to_do_and_may_hand_in_again(
    review: Review,
) -> None:  # RE-4, RE-5
    case, reviewer = await review.submitted(), review.reviewer()
    await reviewer.decide(await reviewer.claim(case.case_id), "REJECTED", "IMAGE_UNREADABLE")
    seen = await review.candidate(case.candidate_id).call("GetCase", pb.GetCaseRequest(case_id=case.case_id))
    assert seen.decisions[0].next_step_zh
    assert (seen.submissions_left, seen.decisions[0].reviewer_id, seen.claimed_by) == (2, "", "")
    await review.hand_in(case, photo("white"))
    again = await review.candidate(case.candidate_id).call("SubmitCase", pb.SubmitCaseRequest(case_id=case.case_id))
    assert (again.submission, again.state) == (2, resources_pb2.Case.WAITING)


async def test_nothing_is_handed_in_while_somebody_decides(review: Review) -> None:  # F-14
    case = await review.submitted()
    await refused(review.hand_in(case, photo("white")), "CASE_NOT_COLLECTING")


async def test_an_upload_and_the_submission_at_once_never_change_what_is_decided(
    review: Review,
) -> None:  # F-14
    case = await review.opened()
    await review.hand_in(case)
    submission, *uploads = await asyncio.gather(
        review.submit(case), *(review.hand_in(case) for _ in range(6)), return_exceptions=True
    )
    assert isinstance(submission, resources_pb2.Case)
    late = {reason_of(one) for one in uploads if isinstance(one, grpc.aio.AioRpcError)}
    assert late <= {"CASE_NOT_COLLECTING"}
    held = await review.reviewer().claim(case.case_id)
    kept = [one for one in uploads if isinstance(one, resources_pb2.Material)]
    assert {one.material_id for one in kept} <= {one.material_id for one in held.materials}
    assert {one.submission for one in held.materials} == {1}


async def test_what_is_handed_in_after_a_decision_belongs_to_the_next_submission(
    review: Review,
) -> None:  # F-14, RE-4
    case, reviewer = await review.submitted(), review.reviewer()
    held = await reviewer.claim(case.case_id)
    await refused(review.hand_in(case), "CASE_NOT_COLLECTING")
    await reviewer.decide(held, "ASKED_AGAIN", "IMAGE_UNREADABLE")
    assert (await review.hand_in(case)).submission == 2
    stale = review.reviewer()
    await refused(stale.decide(held), "CASE_NOT_CLAIMED")
    await review.submit(case)
    await stale.claim(case.case_id)
    await refused(stale.decide(held), "STALE_ETAG")


async def test_the_fourth_submission_is_refused_with_the_reason(review: Review) -> None:  # RE-5
    case, reviewer = await review.submitted(), review.reviewer()
    for number in range(1, 4):
        await reviewer.decide(await reviewer.claim(case.case_id), "REJECTED", "PERSON_MISMATCH")
        if number < 3:
            await review.hand_in(case)
            await review.submit(case)
    await refused(review.hand_in(case), "SUBMISSIONS_USED_UP")
    await refused(review.submit(case), "SUBMISSIONS_USED_UP")
    seen = await review.candidate(case.candidate_id).call("GetCase", pb.GetCaseRequest(case_id=case.case_id))
    assert "联系主考学校" in seen.decisions[-1].next_step_zh
    assert [one.next_step_zh == seen.decisions[-1].next_step_zh for one in seen.decisions] == [False, False, True]


async def test_a_released_case_is_the_next_reviewers(review: Review) -> None:  # RE-4
    case, first, second = (
        await review.submitted(organisation="10248"),
        review.reviewer("10248"),
        review.reviewer("10248"),
    )
    await first.claim(case.case_id)
    mine = await first.call("ListCases", pb.ListCasesRequest(mine=True))
    assert [one.case_id for one in mine.cases] == [case.case_id]
    assert not (await second.call("ListCases", pb.ListCasesRequest(state="WAITING"))).cases
    release = pb.ReleaseCaseRequest(case_id=case.case_id)
    assert (await second.call("ReleaseCase", release)).state == resources_pb2.Case.CLAIMED
    assert (await first.call("ReleaseCase", release)).state == resources_pb2.Case.WAITING
    assert (await second.claim(case.case_id)).claimed_by == second.person_id


async def test_images_are_seen_by_the_reviewer_who_has_the_case_and_every_look_is_noted(
    review: Review,
) -> None:  # RE-7
    case, reviewer = await review.submitted(), review.reviewer()
    material = case.materials[0]
    look = pb.GetMaterialRequest(case_id=case.case_id, material_id=material.material_id)
    await refused(reviewer.call("GetMaterial", look), "CASE_NOT_CLAIMED")
    await reviewer.claim(case.case_id)
    await reviewer.call("GetMaterial", look)
    entries = await entries_of(review, case.case_id)
    assert [(entry.note.action.value, entry.note.actor_id) for entry in entries][-1] == (
        "MATERIAL_VIEWED",
        reviewer.person_id,
    )


async def test_the_candidates_own_look_is_noted_too(review: Review) -> None:  # RE-7
    case = await review.submitted()
    look = pb.GetMaterialRequest(case_id=case.case_id, material_id=case.materials[0].material_id)
    await review.candidate(case.candidate_id).call("GetMaterial", look)
    last = (await entries_of(review, case.case_id))[-1].note
    assert (last.action.value, last.actor_id, last.material_id) == (
        "MATERIAL_VIEWED",
        case.candidate_id,
        look.material_id,
    )


async def test_a_decision_is_delivered_after_the_receiver_was_away_and_once(
    review: Review,
) -> None:  # RE-6, F-13
    case, reviewer = await review.submitted(), review.reviewer()
    review.listener.deaf = True
    await reviewer.decide(await reviewer.claim(case.case_id))
    with pytest.raises(RemoteRefusal):
        await review.service.relay.deliver_once()
    assert not review.listener.decisions(case.case_id)
    review.listener.deaf = False
    await review.service.relay.deliver_once()
    await review.service.relay.deliver_once()
    (heard,) = review.listener.decisions(case.case_id)
    assert (heard.submission, heard.decision) == (1, resources_pb2.Decision.APPROVED)


async def test_the_audit_log_verifies_and_accepts_no_change(
    review: Review, db: Database, owner_url: str
) -> None:  # RE-7
    case, reviewer = await review.submitted(), review.reviewer()
    await reviewer.decide(await reviewer.claim(case.case_id))
    assert first_broken(await entries_of(review, "")) is None
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
    review: Review, owner_url: str, tampering: str
) -> None:
    await review.submitted()
    owner = await asyncpg.connect(owner_url, server_settings={"search_path": "review"})
    before = await owner.fetch("SELECT * FROM audit_entries")
    await owner.execute(f"ALTER TABLE audit_entries DISABLE TRIGGER audit_append_only; {tampering}")
    assert first_broken(await entries_of(review, "")) in (1, 2)
    await owner.execute("DELETE FROM audit_entries")
    await owner.copy_records_to_table("audit_entries", records=before, schema_name="review")
    await owner.execute("ALTER TABLE audit_entries ENABLE TRIGGER audit_append_only")
    assert first_broken(await entries_of(review, "")) is None
    await owner.close()


async def test_entries_written_at_once_make_one_chain(review: Review) -> None:  # RE-7
    await asyncio.gather(*(review.opened() for _ in range(24)))
    assert first_broken(await entries_of(review, "")) is None


async def test_operators_alone_read_the_audit_log_page_by_page(review: Review) -> None:  # RE-7, OP-1
    case = await review.submitted()
    request = pb.ListAuditEntriesRequest(case_id=case.case_id, page_size=2)
    first = await review.operator.call("ListAuditEntries", request)
    request.page_token = first.next_page_token
    rest = await review.operator.call("ListAuditEntries", request)
    actions = [resources_pb2.AuditEntry.Action.Name(entry.action) for entry in (*first.entries, *rest.entries)]
    assert actions == ["CASE_OPENED", "MATERIAL_ADDED", "CASE_SUBMITTED"]
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await review.reviewer().call("ListAuditEntries", request)
    assert caught.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def entries_of(review: Review, case_id: str) -> Sequence[AuditEntry]:
    return await review.service.dependencies.audit_log.list_entries(case_id, since=None, after=0, size=10_000)
