"""Staff accounts and the import of enrolled candidates (RE-2, OP-1, ID-3)."""

from typing import Any

import pytest
from zikao.common.v1 import access_pb2
from zikao.identity.v1 import candidate_service_pb2 as api
from zikao.identity.v1 import resources_pb2

from chassis.errors import Code
from chassis.ids import new_id
from chassis.postgres.database import Database
from chassis.postgres.driver_statements import sql
from tests.integration.identity import people
from tests.integration.identity.callers import Caller
from tests.integration.identity.world import OPERATOR_INITIAL, World
from tests.support.refusals import refusal_of

CREATED, ALREADY_PRESENT, REFUSED = (
    api.ImportCandidatesResponse.Result.CREATED,
    api.ImportCandidatesResponse.Result.ALREADY_PRESENT,
    api.ImportCandidatesResponse.Result.REFUSED,
)


def reviewer(**values: Any) -> resources_pb2.Staff:
    given = {
        "login_name": f"reviewer-{people.CHANCE.randrange(10**9)}",
        "display_name": "李华",
        "kind": access_pb2.REVIEWER,
        "organisation": people.SCHOOL,
    }
    return resources_pb2.Staff(**{**given, **values})


CHOSEN = "Chosen-by-reviewer-9"


async def create(world: World, staff: resources_pb2.Staff) -> resources_pb2.Staff:
    answer: resources_pb2.Staff = await (await world.operator())(
        "CreateStaff", staff=staff, initial_password="Initial-of-9-others"
    )
    return answer


async def test_a_reviewer_first_chooses_a_password(world: World) -> None:  # RE-2
    staff = await create(world, reviewer())
    first = await world.visitor.log_in(staff.login_name.upper(), "Initial-of-9-others")
    assert first.tokens is not None
    assert (first.tokens.kind, first.tokens.needs_password_change) == (access_pb2.REVIEWER, True)
    tokens = await first("ChangePassword", subject_id="me", old_password="Initial-of-9-others", new_password=CHOSEN)
    assert not tokens.needs_password_change
    again = await world.visitor.log_in(staff.login_name, CHOSEN)
    assert again.tokens is not None
    assert not again.tokens.needs_password_change


@pytest.mark.parametrize("password", ["Secret-1", "123456789012", "Initial-OF-9-others", "initial-of-9-others"])
async def test_staff_choose_long_and_uncommon_passwords(world: World, password: str) -> None:  # ID-18, ID-22
    staff = await create(world, reviewer())
    first = await world.visitor.log_in(staff.login_name, "Initial-of-9-others")
    change = first("ChangePassword", subject_id="me", old_password="Initial-of-9-others", new_password=password)
    assert (await refusal_of(change)).reason == "WEAK_PASSWORD"


async def test_a_repeated_creation_finds_the_account(world: World) -> None:  # OP-1
    wanted = reviewer()
    first = await create(world, wanted)
    assert await create(world, wanted) == first
    for other in ({"organisation": "10246"}, {"display_name": "李明"}, {"kind": access_pb2.OPERATOR}):
        different = resources_pb2.Staff()
        different.CopyFrom(wanted)
        different.MergeFrom(resources_pb2.Staff(**other))
        if different.kind == access_pb2.OPERATOR:
            different.organisation = "AUTHORITY"
        refusal = await refusal_of(create(world, different))
        assert (refusal.reason, refusal.code) == ("LOGIN_NAME_TAKEN", Code.ALREADY_EXISTS)
    operator = await world.operator()
    other_password = operator("CreateStaff", staff=wanted, initial_password="Another-of-9-others")
    assert (await refusal_of(other_password)).reason == "LOGIN_NAME_TAKEN"
    assert await create(world, wanted) == first


async def test_operators_belong_to_the_authority(world: World) -> None:  # RE-2
    refusal = await refusal_of(create(world, reviewer(kind=access_pb2.OPERATOR)))
    assert refusal.reason == "OPERATOR_OUTSIDE_AUTHORITY"


async def test_a_disabled_account_is_out(world: World) -> None:  # OP-1
    staff = await create(world, reviewer())
    caller = await world.visitor.log_in(staff.login_name, "Initial-of-9-others")
    assert caller.tokens is not None
    operator = await world.operator()
    disabled = await operator("DisableStaff", staff_id=staff.staff_id, reason="left in May")
    assert (disabled.disabled, disabled.disable_reason) == (True, "left in May")
    again = await operator("DisableStaff", staff_id=staff.staff_id, reason="another")
    assert again.disable_reason == "left in May", "the first reason stands"
    refusal = await refusal_of(world.visitor("RefreshLoginSession", refresh_token=caller.tokens.refresh_token))
    assert refusal.reason == "REFRESH_TOKEN_INVALID"
    assert (
        await refusal_of(world.visitor.log_in(staff.login_name, "Initial-of-9-others"))
    ).reason == "WRONG_CREDENTIALS"


async def test_an_operator_cannot_disable_themselves(world: World) -> None:  # OP-1
    operator = await world.operator()
    own = operator("DisableStaff", staff_id=operator.candidate_id, reason="left")
    assert (await refusal_of(own)).reason == "OWN_ACCOUNT"
    assert (await refusal_of(operator("DisableStaff", staff_id=new_id(), reason="left"))).reason == "NOT_FOUND"


async def test_nobody_is_disabled_or_unlinked_without_a_reason(world: World) -> None:  # RE-11
    operator = await world.operator()
    for rpc in ("DisableStaff", "UnlinkStaffIdentities"):
        refusal = await refusal_of(operator(rpc, staff_id=new_id()))
        assert [field.field for field in refusal.fields] == ["reason"]


async def test_staff_are_listed_page_by_page(world: World) -> None:  # OP-1
    made = {(await create(world, reviewer(organisation="10252"))).login_name for _ in range(5)}
    operator, seen, token = await world.operator(), [], ""
    while True:
        page = await operator("ListStaff", organisation="10252", page_size=2, page_token=token)
        seen += [staff.login_name for staff in page.staff]
        token = page.next_page_token
        if not token:
            break
    assert (sorted(seen), set(seen)) == (seen, made)
    assert (await refusal_of(operator("ListStaff", page_token="made up"))).reason == "INVALID_REQUEST"


async def test_only_operators_manage_staff_and_imports(world: World) -> None:  # OP-1
    caller = await world.visitor.register()
    for call in (
        caller("ListStaff"),
        caller("CreateStaff", staff=reviewer(), initial_password="Initial-of-9-others"),
        caller("ImportCandidates", rows=[row()]),
    ):
        assert (await refusal_of(call)).reason == "ACCESS_DENIED"


async def test_the_first_operator_is_made_once(world: World) -> None:  # OP-1
    await world.operator()
    assert (await refusal_of(world.visitor.log_in("operator", OPERATOR_INITIAL))).reason == "WRONG_CREDENTIALS"


def row(**values: Any) -> dict[str, Any]:
    return {
        "document_type": "RESIDENT_CARD",
        "document_number": people.resident_number(),
        "display_name": "李四",
        "school_code": people.SCHOOL,
        **values,
    }


async def imported(world: World, *rows: dict[str, Any]) -> api.ImportCandidatesResponse:
    answer: api.ImportCandidatesResponse = await (await world.operator())("ImportCandidates", rows=rows)
    return answer


async def test_good_rows_are_kept_whatever_the_others_are(world: World) -> None:  # OP-1
    good = row()
    answer = await imported(
        world,
        good,
        row(document_number="110105194912310021"),
        row(document_type=0),
        row(document_type=99),
        row(display_name=""),
        row(school_code="1"),
        row(phone="021-1"),
        {**good, "document_number": f" {good['document_number'].lower()}"},
        row(document_type="HOME_RETURN_PERMIT", document_number=f"{people.permit_number()}01"),
    )
    outcomes = [(result.outcome, result.field) for result in answer.results]
    assert outcomes == [
        (CREATED, ""),
        (REFUSED, "document_number"),
        (REFUSED, "document_type"),
        (REFUSED, "document_type"),
        (REFUSED, "display_name"),
        (REFUSED, "school_code"),
        (REFUSED, "phone"),
        (ALREADY_PRESENT, ""),
        (CREATED, ""),
    ]
    assert answer.created == 2
    assert answer.results[0].candidate_id == answer.results[7].candidate_id
    assert all(result.message_zh and result.message_en for result in answer.results if result.outcome == REFUSED)


async def test_importing_again_changes_nothing(world: World) -> None:  # OP-1
    rows = [row(), row()]
    first, second = await imported(world, *rows), await imported(world, *rows)
    assert [result.outcome for result in second.results] == [ALREADY_PRESENT] * 2
    assert [result.candidate_id for result in second.results] == [result.candidate_id for result in first.results]


async def test_an_imported_candidate_is_verified_and_followed(world: World) -> None:  # ID-3, EN-2
    answer = await imported(world, row(phone="13912345678"))
    candidate_id = answer.results[0].candidate_id
    standing = await world.neighbours.standing_of(candidate_id)
    assert (standing.identity_state, standing.phone_verified) == (resources_pb2.VERIFIED, False)
    assert standing.needs_password_change
    seen = await (await world.operator())("GetCandidate", candidate_id=candidate_id)
    assert (seen.enrolled, seen.phone) == (True, "+86*******5678")


async def test_a_verified_candidate_who_is_imported_later_keeps_the_account(world: World) -> None:  # ID-13
    number = people.resident_number()
    caller = await world.visitor.register(number)
    await caller.upload()
    await caller.check()
    answer = await imported(world, row(document_number=number))
    assert (answer.results[0].outcome, answer.results[0].candidate_id) == (ALREADY_PRESENT, caller.candidate_id)


async def test_a_full_batch_fits_one_statement(world: World, db: Database) -> None:  # OP-1
    before = await db.hot.fetch_value(sql("SELECT count(*) FROM candidates"))
    answer = await imported(world, *(row() for _ in range(1000)))
    made = answer.created
    assert made + sum(result.outcome == ALREADY_PRESENT for result in answer.results) == 1000
    assert await db.hot.fetch_value(sql("SELECT count(*) FROM candidates")) == before + made


@pytest.mark.parametrize("kind", ["REVIEWER", "OPERATOR"])
async def test_staff_have_no_candidates_account(world: World, kind: str) -> None:
    operator = await world.operator()
    assert isinstance(operator, Caller)
    assert (await refusal_of(operator("UpdateDetails", candidate_id="me", details=people.DETAILS))).reason == (
        "ACCESS_DENIED"
    )
