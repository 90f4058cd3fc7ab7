"""Whoever answers the telephone finds a person by exactly what they say, and nobody by less (OP-3, ID-19)."""

import pytest
from zikao.identity.v1 import resources_pb2

from chassis.audit_log.notes import AuditAction
from chassis.ids import new_id
from chassis.postgres.database import Database
from tests.integration.identity import people
from tests.integration.identity.test_login_sessions import enrolled
from tests.integration.identity.world import World
from tests.support.audit_notes import audit_notes
from tests.support.refusals import refusal_of
from tests.support.wait_until import wait_until


async def found(world: World, **said: str) -> list[str]:
    answer = await (await world.operator())("SearchCandidates", **said)
    return [one.candidate_id for one in answer.candidates]


@pytest.fixture
def phone() -> str:
    return people.phone_number()


async def test_a_person_is_found_by_whatever_they_can_say(world: World, phone: str) -> None:  # OP-3
    number, name = people.resident_number(), "测试" + people.name()
    person = await enrolled(world, number, display_name=name, phone=phone)
    await enrolled(world, people.resident_number(), display_name=name, phone=people.phone_number())
    assert await found(world, number=f" {number.lower()} ") == [person]
    assert await found(world, phone=f"+86 {phone}") == [person]
    for last_four in (number[-4:], phone[-4:]):
        assert await found(world, display_name=f" {name[:2]}·{name[2:]}", last_four=last_four.lower()) == [person]


async def test_a_ticket_number_finds_its_person(world: World) -> None:  # OP-3, ID-1
    person, ticket = await enrolled(world, people.resident_number()), f"99{people.CHANCE.randrange(10**10):010d}"
    await world.deps.candidates.add_ticket_number(person, ticket, world.deps.clock.now())
    assert await found(world, number=ticket) == [person]


async def test_nobody_is_found_by_a_part_of_it(world: World, phone: str) -> None:  # OP-3
    number, name = people.resident_number(), "测试" + people.name()
    await enrolled(world, number, display_name=name, phone=phone)
    assert await found(world, number=number[:17]) == []
    assert await found(world, display_name=name, last_four="0000") == []
    assert await found(world, display_name=name[:3], last_four=number[-4:]) == []


@pytest.mark.parametrize("said", [{}, {"number": " "}, {"display_name": "王小明"}, {"last_four": "1234"}])
async def test_too_little_is_no_search(world: World, said: dict[str, str]) -> None:  # OP-3
    refusal = await refusal_of((await world.operator())("SearchCandidates", **said))
    assert refusal.reason == "SEARCH_INCOMPLETE"


async def test_a_search_is_for_operators_and_leaves_an_entry_for_everybody_found(
    world: World, db: Database, phone: str
) -> None:  # ID-19
    person = await enrolled(world, people.resident_number(), phone=phone)
    assert (await refusal_of(world.reviewer()("SearchCandidates", phone=phone))).reason == "ACCESS_DENIED"
    answer = await (await world.operator())("SearchCandidates", phone=phone)
    assert answer.candidates[0].phone.endswith("****" + phone[-4:])
    (look,) = await audit_notes(db, candidate_id=person)
    assert look.action is AuditAction.CANDIDATES_SEARCHED
    told = [note.facts for note in await audit_notes(db) if note.object_kind == "candidates"][-1]
    assert told == {"by": "phone", "found": "1"}, "never what was said"


async def test_whoever_changes_their_phone_is_found_by_the_new_one_only(world: World, phone: str) -> None:  # OP-3
    person, other = await enrolled(world, people.resident_number(), phone=phone), people.phone_number()
    known = await world.deps.candidates.get_candidate(person)
    after = known.changed(world.deps.clock.now(), phone=f"+86{other}")
    assert await world.deps.candidates.replace_candidate(known, after)
    assert await found(world, phone=phone) == []
    assert await found(world, phone=other) == [person]


async def test_an_operator_logs_a_candidate_out_everywhere_with_a_reason(world: World, db: Database) -> None:  # OP-3
    number = people.resident_number()
    person = await enrolled(world, number)
    await world.visitor.log_in(number, number[-6:])
    operator = await world.operator()
    refusal = await refusal_of(operator("EndCandidateLogins", candidate_id=person))
    assert refusal.reason == "INVALID_REQUEST"
    answer = await operator("EndCandidateLogins", candidate_id=person, reason="手机丢失，来电要求")
    assert answer.ended == 1
    assert (await operator("EndCandidateLogins", candidate_id=person, reason="again")).ended == 0
    live = await world.deps.login_sessions.list_live_login_sessions(person, at=world.deps.clock.now())
    assert live == []
    reasons = [note.reason for note in await audit_notes(db, candidate_id=person)]
    assert "手机丢失，来电要求" in reasons


async def test_a_squatters_account_is_ended_and_the_number_is_its_owners(world: World, db: Database) -> None:  # ID-15
    number, phone = people.resident_number(), people.phone_number()
    squatter = await world.visitor.register(number)
    await squatter("SendPhoneCode", candidate_id="me", phone=phone)
    await squatter("VerifyPhone", candidate_id="me", code=world.outside.last_code(phone))
    operator = await world.operator()
    values = {"candidate_id": squatter.candidate_id, "reason": "证件原件在窗口出示"}
    ended = await operator("EndCandidateAccount", **values)
    assert ended.identity_state == resources_pb2.ENDED
    assert (await refusal_of(squatter.account())).reason in ("UNAUTHENTICATED", "ACCOUNT_ENDED")
    assert (await refusal_of(world.visitor.log_in(number, people.PASSWORD))).reason == "WRONG_CREDENTIALS"
    await wait_until(lambda: told(world, phone))
    assert (await operator("EndCandidateAccount", **values)).identity_state == resources_pb2.ENDED
    noted = [note for note in await audit_notes(db, candidate_id=squatter.candidate_id) if note.reason]
    assert [(note.action, note.reason) for note in noted] == [
        (AuditAction.CANDIDATE_ACCOUNT_ENDED, "证件原件在窗口出示")
    ]


async def told(world: World, phone: str) -> bool:
    return any(one["to"].endswith(phone) and one["template"] == "account ended" for one in world.outside.messages)


async def test_a_verified_account_is_ended_by_nobody(world: World) -> None:  # ID-15
    operator, person = await world.operator(), await enrolled(world, people.resident_number())
    refusal = await refusal_of(operator("EndCandidateAccount", candidate_id=person, reason="asked for"))
    assert refusal.reason == "ACCOUNT_VERIFIED"
    unknown = operator("EndCandidateAccount", candidate_id=new_id(), reason="asked for")
    assert (await refusal_of(unknown)).reason == "NOT_FOUND"
