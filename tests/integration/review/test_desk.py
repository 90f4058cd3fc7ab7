"""The reviewer's desk on a real PostgreSQL: queue, claims, races, decisions, delivery."""

import asyncio
import io
from collections.abc import Sequence
from datetime import timedelta

import asyncpg
import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status
from PIL import Image
from sqlalchemy import text
from zikao.review.v1 import resources_pb2
from zikao.review.v1 import review_service_pb2 as pb

from chassis.db import Database
from chassis.errors import RemoteRefusal
from services.review.domain.audit import Entry, first_broken
from tests.integration.review.conftest import Desk, photo


def reason_of(error: grpc.aio.AioRpcError) -> str:
    status: status_pb2.Status = rpc_status.from_call(error)
    info = error_details_pb2.ErrorInfo()
    status.details[0].Unpack(info)
    return info.reason


async def refused(calling: object, reason: str) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await calling  # type: ignore[misc]
    assert reason_of(caught.value) == reason


async def test_opening_a_case_twice_opens_it_once(desk: Desk) -> None:  # RE-6
    case = await desk.opened()
    request = pb.OpenCaseRequest(
        case_id=case.case_id,
        kind=case.kind,
        candidate_id=case.candidate_id,
        subject_id=case.subject_id,
        organisation=case.organisation,
    )
    again = await desk.identity.call("OpenCase", request)
    assert again == case
    request.subject_id = "00000000-0000-4000-8000-000000000000"
    await refused(desk.identity.call("OpenCase", request), "CASE_ID_REUSED")


async def test_an_image_is_kept_without_its_metadata(desk: Desk) -> None:  # RE-3
    case = await desk.opened()
    material = await desk.hand_in(case, photo(image_format="PNG"))
    request = pb.GetMaterialRequest(case_id=case.case_id, material_id=material.material_id)
    body = await desk.candidate(case.candidate_id).call("GetMaterial", request)
    with Image.open(io.BytesIO(body.data)) as kept:
        assert (kept.format, kept.size, len(kept.getexif())) == ("JPEG", (640, 480), 0)


@pytest.mark.parametrize(
    "content",
    [b"not an image", photo(size=(100, 100)), photo(image_format="GIF"), b"\xff\xd8" + b"0" * (5 * 1024 * 1024)],
    ids=["text", "tiny", "gif", "huge"],
)
async def test_what_is_no_proper_image_is_refused(desk: Desk, content: bytes) -> None:  # RE-3
    case = await desk.opened()
    await refused(desk.hand_in(case, content), "MATERIAL_REFUSED")


async def test_the_same_image_twice_is_one_material(desk: Desk) -> None:  # RE-3
    case = await desk.opened()
    first, second = await desk.hand_in(case), await desk.hand_in(case)
    assert first.material_id == second.material_id


async def test_the_queue_is_ordered_by_deadline_and_scoped_by_organisation(desk: Desk) -> None:  # RE-2, RE-4
    later = await desk.opened(organisation="10271")
    first = await desk.submitted(organisation="10271")
    desk.clock.advance(timedelta(hours=1))
    await desk.hand_in(later)
    await desk.candidate(later.candidate_id).call("SubmitCase", pb.SubmitCaseRequest(case_id=later.case_id))
    queue = await desk.reviewer("10271").call("ListCases", pb.ListCasesRequest())
    assert [case.case_id for case in queue.cases] == [first.case_id, later.case_id]
    page = await desk.reviewer("10271").call("ListCases", pb.ListCasesRequest(page_size=1))
    rest = await desk.reviewer("10271").call(
        "ListCases", pb.ListCasesRequest(page_size=1, page_token=page.next_page_token)
    )
    assert [case.case_id for case in [*page.cases, *rest.cases]] == [first.case_id, later.case_id]
    assert not (await desk.reviewer("10280").call("ListCases", pb.ListCasesRequest())).cases


async def test_another_organisations_case_does_not_exist_for_a_reviewer(desk: Desk) -> None:  # RE-2
    case = await desk.submitted()
    stranger = desk.reviewer("10246")
    await refused(stranger.call("GetCase", pb.GetCaseRequest(case_id=case.case_id)), "NOT_FOUND")
    await refused(stranger.claim(case.case_id), "NOT_FOUND")


async def test_another_candidates_case_does_not_exist_for_a_candidate(desk: Desk) -> None:  # RE-2
    case, other = await desk.submitted(), await desk.opened()
    stranger = desk.candidate(other.candidate_id)
    await refused(stranger.call("GetCase", pb.GetCaseRequest(case_id=case.case_id)), "NOT_FOUND")
    own = await stranger.call("ListCandidateCases", pb.ListCandidateCasesRequest(candidate_id="me"))
    assert [one.case_id for one in own.cases] == [other.case_id]


async def test_of_two_reviewers_who_claim_one_case_one_has_it(desk: Desk) -> None:  # RE-4, F-14
    case = await desk.submitted()
    outcomes = await asyncio.gather(*(desk.reviewer().claim(case.case_id) for _ in range(8)), return_exceptions=True)
    won = [one for one in outcomes if isinstance(one, resources_pb2.Case)]
    lost = {reason_of(one) for one in outcomes if isinstance(one, grpc.aio.AioRpcError)}
    assert (len(won), lost) == (1, {"CASE_CLAIMED"})


async def test_a_lapsed_claim_goes_to_the_next_reviewer(desk: Desk) -> None:  # RE-4
    case, slow, quick = await desk.submitted(), desk.reviewer(), desk.reviewer()
    held = await slow.claim(case.case_id)
    desk.clock.advance(timedelta(minutes=30))
    taken = await quick.claim(case.case_id)
    await refused(slow.decide(held), "CASE_CLAIMED")
    assert (await quick.decide(taken)).state == resources_pb2.Case.APPROVED


async def test_of_two_decisions_at_once_one_stands(desk: Desk) -> None:  # RE-4, F-14, invariant 5
    case, reviewer = await desk.submitted(), desk.reviewer()
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


async def test_a_rejected_candidate_learns_what_to_do_and_may_hand_in_again(desk: Desk) -> None:  # RE-4, RE-5
    case, reviewer = await desk.submitted(), desk.reviewer()
    await reviewer.decide(await reviewer.claim(case.case_id), "REJECTED", "IMAGE_UNREADABLE")
    seen = await desk.candidate(case.candidate_id).call("GetCase", pb.GetCaseRequest(case_id=case.case_id))
    assert seen.decisions[0].next_step_zh
    assert (seen.submissions_left, seen.decisions[0].reviewer_id, seen.claimed_by) == (2, "", "")
    await desk.hand_in(case, photo("white"))
    again = await desk.candidate(case.candidate_id).call("SubmitCase", pb.SubmitCaseRequest(case_id=case.case_id))
    assert (again.submission, again.state) == (2, resources_pb2.Case.WAITING)


async def test_nothing_is_handed_in_while_somebody_decides(desk: Desk) -> None:  # F-14
    case = await desk.submitted()
    await refused(desk.hand_in(case, photo("white")), "CASE_NOT_COLLECTING")


async def test_images_are_seen_by_the_reviewer_who_has_the_case_and_every_look_is_noted(desk: Desk) -> None:  # RE-7
    case, reviewer = await desk.submitted(), desk.reviewer()
    material = case.materials[0]
    look = pb.GetMaterialRequest(case_id=case.case_id, material_id=material.material_id)
    await refused(reviewer.call("GetMaterial", look), "CASE_NOT_CLAIMED")
    await reviewer.claim(case.case_id)
    await reviewer.call("GetMaterial", look)
    entries = await entries_of(desk, case.case_id)
    assert [(entry.note.action.value, entry.note.actor_id) for entry in entries][-1] == (
        "MATERIAL_VIEWED",
        reviewer.person_id,
    )


async def test_a_decision_is_delivered_after_the_receiver_was_away_and_once(desk: Desk) -> None:  # RE-6, F-13
    case, reviewer = await desk.submitted(), desk.reviewer()
    desk.listener.deaf = True
    await reviewer.decide(await reviewer.claim(case.case_id))
    with pytest.raises(RemoteRefusal):
        await desk.service.relay.deliver_once()
    assert not desk.listener.decisions(case.case_id)
    desk.listener.deaf = False
    await desk.service.relay.deliver_once()
    await desk.service.relay.deliver_once()
    (heard,) = desk.listener.decisions(case.case_id)
    assert (heard.submission, heard.decision) == (1, resources_pb2.Decision.APPROVED)


async def test_the_audit_log_verifies_and_accepts_no_change(desk: Desk, db: Database, owner_url: str) -> None:  # RE-7
    case, reviewer = await desk.submitted(), desk.reviewer()
    await reviewer.decide(await reviewer.claim(case.case_id))
    assert first_broken(await entries_of(desk, "")) is None
    for statement in ("UPDATE audit_entries SET actor_id = 'nobody'", "DELETE FROM audit_entries"):
        with pytest.raises(Exception, match="permission denied"):
            await db.execute(text(statement))
    owner = await asyncpg.connect(owner_url, server_settings={"search_path": "review"})
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await owner.execute("DELETE FROM audit_entries")
    await owner.close()


async def entries_of(desk: Desk, case_id: str) -> Sequence[Entry]:
    return await desk.service.cases.entries(case_id, since=None, after=0, size=10_000)
