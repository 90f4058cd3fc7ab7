"""Imported candidates (在籍考生): who they are, and how they first enter (ID-3, OP-1)."""

import asyncio
import dataclasses
from datetime import date

import pytest
from zikao.identity.v1 import candidate_service_pb2 as api
from zikao.identity.v1 import resources_pb2

from chassis.clock import ManualClock
from chassis.postgres.database import Database
from chassis.postgres.driver_statements import sql
from cli.demo.invented_people import FORMS
from services.identity.config import Config
from services.identity.domain.attempt_limits import CodeLimits
from services.identity.domain.documents import DocumentType, parse
from services.identity.errors import InvalidDocumentNumber
from tests.integration.identity import people
from tests.integration.identity.neighbours import Neighbours
from tests.integration.identity.outside_systems import OutsideSystems
from tests.integration.identity.test_login_sessions import enrolled
from tests.integration.identity.world import World, served
from tests.support.refusals import refusal_of

Result = api.ImportCandidatesResponse.Result


def row(**values: str) -> dict[str, str]:
    somebody = {
        "document_type": "RESIDENT_CARD",
        "document_number": people.resident_number(),
        "display_name": people.name(),
        "school_code": people.SCHOOL,
    }
    return {**somebody, **values}


@pytest.mark.parametrize("document_type", sorted(FORMS))
async def test_the_end_of_any_document_number_is_the_first_password(world: World, document_type: str) -> None:  # ID-3
    number = people.number_of(document_type)
    await enrolled(world, number, document_type=document_type)
    restricted = await world.visitor.log_in(number, number[-6:].rjust(6, "0"))
    assert restricted.tokens is not None
    assert restricted.tokens.needs_password_change
    assert (await restricted.account()).identity_state == resources_pb2.VERIFIED
    assert (await refusal_of(restricted("SendPhoneCode", candidate_id="me"))).reason == "PASSWORD_CHANGE_REQUIRED"


async def test_types_without_a_first_password_are_configuration(
    config: Config, clock: ManualClock, outside: OutsideSystems, neighbours: Neighbours
) -> None:  # ID-3
    cards = frozenset({DocumentType.RESIDENT_CARD, DocumentType.MINOR_RESIDENT_CARD})
    chosen = config.model_copy(update={"initial_passwords_for": cards})
    async with served(chosen, clock, outside, neighbours) as world:
        card, permit = people.resident_number(), people.number_of("TAIWAN_PERMIT")
        await enrolled(world, card)
        await enrolled(world, permit, document_type="TAIWAN_PERMIT")
        assert (await world.visitor.log_in(card, card[-6:])).tokens
        assert (await refusal_of(world.visitor.log_in(permit, permit[-6:]))).reason == "WRONG_CREDENTIALS"


async def test_an_import_hashes_no_password(world: World, db: Database) -> None:  # ID-3
    candidate_id = await enrolled(world, people.resident_number())
    hashes = sql("SELECT count(*) FROM credentials WHERE subject_id = :candidate_id")
    assert await db.hot.fetch_value(hashes, candidate_id=candidate_id) == 0


async def test_every_bad_row_is_named_and_the_good_ones_are_imported(world: World) -> None:  # OP-1
    twice, name = people.resident_number(), people.name()
    rows = [
        row(document_number=twice, display_name=name),
        row(document_number="110105194912310021"),
        row(document_type="DOCUMENT_TYPE_UNSPECIFIED"),
        row(school_code="1"),
        row(display_name=" "),
        row(phone="12"),
        row(document_number=f" {twice}", display_name=name),
        row(),
    ]
    answer = await (await world.operator())("ImportCandidates", rows=rows)
    assert [(Result.Outcome.Name(result.outcome), result.field) for result in answer.results] == [
        ("CREATED", ""),
        ("REFUSED", "document_number"),
        ("REFUSED", "document_type"),
        ("REFUSED", "school_code"),
        ("REFUSED", "display_name"),
        ("REFUSED", "phone"),
        ("ALREADY_PRESENT", ""),
        ("CREATED", ""),
    ]
    assert answer.results[6].candidate_id == answer.results[0].candidate_id


async def test_a_dry_run_foresees_every_row_and_makes_nobody(world: World) -> None:  # OP-1
    operator, known, new = await world.operator(), people.resident_number(), people.resident_number()
    candidate_id = await enrolled(world, known)
    twice = row(document_number=new)
    rows = [row(document_number=known), twice, twice, row(school_code="1")]
    for _ in range(2):
        answer = await operator("ImportCandidates", rows=rows, dry_run=True)
        assert [(Result.Outcome.Name(one.outcome), one.candidate_id, one.field) for one in answer.results] == [
            ("ALREADY_PRESENT", candidate_id, ""),
            ("CREATED", "", ""),
            ("ALREADY_PRESENT", "", ""),
            ("REFUSED", "", "school_code"),
        ]
    assert (await operator("ImportCandidates", rows=rows)).created == 1


async def test_an_account_that_says_otherwise_than_the_row_is_named_and_stays(world: World) -> None:  # EN-20
    operator, number, phone = await world.operator(), people.resident_number(), people.phone_number()
    first = row(document_number=number, display_name="测试甲", phone=phone)
    (made,) = (await operator("ImportCandidates", rows=[first])).results
    changes = [{}, {"phone": ""}, {"display_name": "测试乙"}, {"school_code": "10246", "phone": people.phone_number()}]
    for dry_run in (True, False):
        for change in changes:
            answer = await operator("ImportCandidates", rows=[{**first, **change}], dry_run=dry_run)
            (result,) = answer.results
            assert (result.outcome, result.candidate_id) == (Result.ALREADY_PRESENT, made.candidate_id)
            assert set(result.differing_fields) == {name for name, value in change.items() if value}
    account = await operator("GetCandidate", candidate_id=made.candidate_id)
    assert (account.display_name, account.school_code) == ("测试甲", people.SCHOOL)


@pytest.mark.parametrize("dry_run", [True, False])
async def test_rows_that_name_one_person_differently_are_both_refused(world: World, dry_run: bool) -> None:  # F-20
    first = row(phone=people.phone_number())
    rows = [first, row(), {**first, "display_name": "测试乙"}, {**first, "school_code": "10246"}]
    answer = await (await world.operator())("ImportCandidates", rows=rows, dry_run=dry_run)
    found = [(Result.Outcome.Name(one.outcome), one.reason, one.field) for one in answer.results]
    contradicted = ("REFUSED", "ROWS_CONTRADICT", "display_name")
    assert found == [contradicted, ("CREATED", "", ""), contradicted, ("CREATED", "", "")]
    assert ("3" in answer.results[0].message_en, "1" in answer.results[2].message_en) == (True, True)


async def test_numbers_that_a_spreadsheet_rounded_make_no_ghosts(world: World) -> None:  # F-21
    rounded = [number for each in range(10**4) if valid(number := f"3101011990{each:05d}000")][:5]
    assert len(rounded) == 5
    answer = await (await world.operator())("ImportCandidates", rows=[row(document_number=one) for one in rounded])
    assert ({one.reason for one in answer.results}, answer.created) == ({"NUMBERS_ROUNDED"}, 0)


def valid(number: str) -> bool:
    try:
        parse(DocumentType.RESIDENT_CARD, number, today=date(2026, 1, 1))
    except InvalidDocumentNumber:
        return False
    return True


async def test_simultaneous_imports_of_the_same_people_make_each_account_once(world: World) -> None:  # ID-13, OP-1
    operator = await world.operator()
    rows = [row() for _ in range(200)]
    answers = await asyncio.gather(
        *(operator("ImportCandidates", rows=rows[::step]) for step in (1, -1, 1, -1)),
    )
    assert sum(answer.created for answer in answers) == len(rows)
    ids = [[result.candidate_id for result in answer.results] for answer in answers]
    assert ids[0] == ids[2] == ids[1][::-1] == ids[3][::-1]


async def test_followers_hear_of_imported_people_too(world: World) -> None:  # EN-2
    candidate_id = await enrolled(world, people.resident_number())
    assert await world.neighbours.standing_of(candidate_id, identity_state=resources_pb2.VERIFIED)


async def test_who_has_a_phone_from_the_import_first_enters_with_a_code_to_it_too(world: World) -> None:  # ID-15, ID-3
    number, phone = people.resident_number(), people.phone_number()
    await enrolled(world, number, phone=phone)
    initial = {"login_name": number, "password": number[-6:]}
    wrong = await refusal_of(world.visitor("CreateLoginSession", login_name=number, password="Wrong-1"))
    assert (wrong.reason, world.outside.messages) == ("WRONG_CREDENTIALS", []), "a guess sends nothing"
    refusal = await refusal_of(world.visitor("CreateLoginSession", **initial))
    assert refusal.reason == "FIRST_CODE_REQUIRED"
    assert phone[-4:] not in str(refusal.metadata) + refusal.message("zh") + refusal.message("en")
    code = world.outside.last_code(phone)
    other = f"{(int(code) + 1) % 10**6:06d}"
    assert (await refusal_of(world.visitor("CreateLoginSession", **initial, code=other))).reason == "CODE_INVALID"
    tokens = await world.visitor("CreateLoginSession", **initial, code=code)
    entered = world.holder_of(tokens)
    account = await entered.account()
    assert (account.needs_password_change, account.HasField("phone_verify_time")) == (True, True)
    assert (await refusal_of(world.visitor("CreateLoginSession", **initial, code=code))).reason == "CODE_INVALID"
    await entered("ChangePassword", subject_id="me", old_password=number[-6:], new_password=people.PASSWORD)
    assert (await world.visitor.log_in(number, people.PASSWORD)).tokens, "the first entry is over"


ONE_FOR_STRANGERS = {"codes": dataclasses.replace(CodeLimits(), for_strangers=1)}


@pytest.mark.parametrize("config", [ONE_FOR_STRANGERS], indirect=True)
async def test_codes_of_a_first_login_are_none_of_the_strangers(world: World) -> None:  # F-28, ID-15
    number, phone = people.resident_number(), people.phone_number()
    await enrolled(world, number, phone=phone)
    asked = [refusal_of(world.visitor("CreateLoginSession", login_name=number, password=number[-6:])) for _ in range(6)]
    assert [(await one).reason for one in asked] == ["FIRST_CODE_REQUIRED"] * 5 + ["RATE_LIMITED"]


async def test_who_has_no_phone_from_the_import_enters_as_before(world: World) -> None:  # ID-15, ID-3
    number = people.resident_number()
    await enrolled(world, number)
    assert (await world.visitor.log_in(number, number[-6:])).tokens
    assert world.outside.messages == []


async def test_a_first_code_that_cannot_be_sent_uses_nothing_up(world: World) -> None:  # ID-15, F-18
    number, phone = people.resident_number(), people.phone_number()
    await enrolled(world, number, phone=phone)
    world.outside.out_of_order = True
    for _ in range(6):
        refusal = await refusal_of(world.visitor("CreateLoginSession", login_name=number, password=number[-6:]))
        assert refusal.reason == "MESSAGES_UNAVAILABLE"
    world.outside.out_of_order = False
    refusal = await refusal_of(world.visitor("CreateLoginSession", login_name=number, password=number[-6:]))
    assert refusal.reason == "FIRST_CODE_REQUIRED"
