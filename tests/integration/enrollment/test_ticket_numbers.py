"""Ticket numbers (准考证号): once, in the configured format, never reused, under concurrent approvals (ID-9)."""

import asyncio
from dataclasses import replace

import asyncpg
import pytest
from zikao.identity.v1 import resources_pb2 as identity_pb2
from zikao.review.v1 import resources_pb2 as review_pb2

from chassis.ids import new_id
from services.enrollment.config import Config
from services.enrollment.domain.imports.enrolled_import import EnrolledRow
from services.enrollment.domain.registrations import TicketNumberFormat
from services.enrollment.usecases import registrations
from services.enrollment.usecases.administration import enrolled_import
from tests.integration.enrollment.stand_ins import CHINESE, NORMAL_UNIVERSITY
from tests.integration.enrollment.test_order_outcomes import (
    NURSING,
    decided,
    deliver,
    noted,
    standing_changed,
    ticket_number,
)


async def test_simultaneous_approvals_get_different_ticket_numbers(receiver, deps, make_deps, db) -> None:
    # ID-9, invariant 4
    people = [new_id() for _ in range(40)]
    for candidate_id in people:
        await registrations.register_for_major(deps, candidate_id, NORMAL_UNIVERSITY, CHINESE, "1")
    verified = [standing_changed(candidate_id, 1, identity_pb2.VERIFIED) for candidate_id in people]
    await asyncio.gather(*(deliver(receiver, each) for each in verified))
    numbers = {await ticket_number(candidate_id, deps) for candidate_id in people}
    assert len(numbers - {""}) == len(people)
    assert [await noted(db, "identity", candidate_id) for candidate_id in people] == [1] * len(people)


async def test_person_and_proofs_approved_at_once_make_one_ticket_number(receiver, deps, db, hear) -> None:
    # ID-9: the one approval and the other meet, whichever comes last issues the number
    for _ in range(10):
        candidate_id = new_id()
        held = await registrations.register_for_major(deps, candidate_id, *NURSING, "1")
        case = held.review_case_id, held.registration_id, candidate_id, review_pb2.SPECIAL_MAJOR
        await asyncio.gather(
            deliver(receiver, standing_changed(candidate_id, 1, identity_pb2.VERIFIED)),
            deliver(receiver, decided(*case, review_pb2.Decision.APPROVED)),
        )
        assert await ticket_number(candidate_id, deps) != ""
        assert await noted(db, "identity", candidate_id) == 1


async def test_a_ticket_number_that_was_drawn_in_vain_is_never_drawn_again(deps) -> None:  # ID-9
    class Interrupted(Exception):
        pass

    async def draw(count: int) -> list[int]:
        async with deps.transactions.begin() as transaction:
            drawn = list(await transaction.draw_ticket_numbers(count))
            if count == 1:
                raise Interrupted(drawn[0])
        return drawn

    lost = []
    for _ in range(3):
        with pytest.raises(Interrupted) as interrupted:
            await draw(1)
        lost += interrupted.value.args
    assert sorted(set(lost)) == lost
    assert min(await draw(5)) > max(lost)


async def test_a_hundred_thousand_numbers_that_are_taken_are_passed_over_at_once(
    receiver, deps, owner_url
) -> None:  # ID-9
    form = deps.config.ticket_number
    owner = await asyncpg.connect(owner_url)  # who is given the time that so many rows take
    first = await owner.fetchval("SELECT nextval('enrollment.ticket_number_seq')")
    taken = 100_000
    await owner.execute(
        "INSERT INTO enrollment.registrations (registration_id, candidate_id, school_code, major_code, origin, "
        "proof_state, pledge_version, ticket_number, create_time) SELECT gen_random_uuid(), gen_random_uuid(), $1, "
        "$2, 'ENROLLED', 'NOT_NEEDED', '', $3 || lpad((n + $4)::text, $5, '0'), now() "
        "FROM generate_series(1, $6::int) n",
        *(NORMAL_UNIVERSITY, CHINESE, form.prefix, first, form.digits, taken),
    )
    await owner.close()
    fresh = new_id()
    await deliver(receiver, standing_changed(fresh, 1, identity_pb2.VERIFIED))
    await registrations.register_for_major(deps, fresh, NORMAL_UNIVERSITY, CHINESE, "1")
    assert await ticket_number(fresh, deps) == form.written(first + taken + 1)


async def test_a_new_format_is_for_new_numbers_only(receiver, deps, make_deps) -> None:  # ID-9
    before, after = new_id(), new_id()
    for candidate_id in (before, after):
        await deliver(receiver, standing_changed(candidate_id, 1, identity_pb2.VERIFIED))
    await registrations.register_for_major(deps, before, NORMAL_UNIVERSITY, CHINESE, "1")
    number = await ticket_number(before, deps)
    changed = replace(make_deps(), config=Config(ticket_number=TicketNumberFormat("27", 7)))
    await registrations.register_for_major(changed, after, NORMAL_UNIVERSITY, CHINESE, "1")
    assert await ticket_number(before, changed) == number
    assert (await ticket_number(after, changed)).startswith("27")


async def test_a_number_that_differs_by_case_alone_is_refused(deps) -> None:  # ID-1, ID-9
    # As a name to log in with both would be the same.
    row = EnrolledRow(new_id(), NORMAL_UNIVERSITY, CHINESE, "abc123456", ())
    [problem] = (await enrolled_import.import_registrations(deps, [row], dry_run=False)).problems
    assert problem.column == "ticket_number"
