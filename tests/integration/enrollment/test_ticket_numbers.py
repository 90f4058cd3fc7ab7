"""Ticket numbers (准考证号): once, in the configured format, never reused, under concurrent approvals (ID-9)."""

import asyncio
from dataclasses import replace

import asyncpg
import pytest
from zikao.identity.v1 import resources_pb2 as identity_pb2
from zikao.review.v1 import resources_pb2 as review_pb2

from chassis.ids import new_id
from services.enrollment.domain.enrolling import EnrolledRow
from services.enrollment.domain.registration import TicketNumbers
from services.enrollment.usecases import registering
from tests.integration.enrollment.stage import CHINESE, NORMAL_UNIVERSITY
from tests.integration.enrollment.test_outcomes import (
    NURSING,
    decided,
    deliver,
    noted,
    standing_changed,
    ticket_number,
)


async def test_simultaneous_approvals_get_different_ticket_numbers(receiver, ports, make_ports, db) -> None:
    # ID-9, invariant 4
    people = [new_id() for _ in range(40)]
    for candidate_id in people:
        await registering.register(candidate_id, NORMAL_UNIVERSITY, CHINESE, "1", ports)
    verified = [standing_changed(candidate_id, 1, identity_pb2.VERIFIED) for candidate_id in people]
    await asyncio.gather(*(deliver(receiver, each) for each in verified))
    numbers = {await ticket_number(candidate_id, ports) for candidate_id in people}
    assert len(numbers - {""}) == len(people)
    assert [await noted(db, "identity", candidate_id) for candidate_id in people] == [1] * len(people)


async def test_person_and_proofs_approved_at_once_make_one_ticket_number(receiver, ports, db, hear) -> None:
    # ID-9: the one approval and the other meet, whichever comes last issues the number
    for _ in range(10):
        candidate_id = new_id()
        held = await registering.register(candidate_id, *NURSING, "1", ports)
        case = held.review_case_id, held.registration_id, candidate_id, review_pb2.SPECIAL_MAJOR
        await asyncio.gather(
            deliver(receiver, standing_changed(candidate_id, 1, identity_pb2.VERIFIED)),
            deliver(receiver, decided(*case, review_pb2.Decision.APPROVED)),
        )
        assert await ticket_number(candidate_id, ports) != ""
        assert await noted(db, "identity", candidate_id) == 1


async def test_a_ticket_number_that_was_drawn_in_vain_is_never_drawn_again(ports) -> None:  # ID-9
    class Interrupted(Exception):
        pass

    async def draw(count: int) -> list[int]:
        async with ports.begin() as changes:
            drawn = list(await changes.draw_ticket_numbers(count))
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
    receiver, ports, owner_url
) -> None:  # ID-9
    owner = await asyncpg.connect(owner_url)  # who is given the time that so many rows take
    first = await owner.fetchval("SELECT nextval('enrollment.ticket_number_seq')")
    taken = 100_000
    await owner.execute(
        "INSERT INTO enrollment.registration (registration_id, candidate_id, school_code, major_code, origin, "
        "proof_state, pledge_version, ticket_number, create_time) SELECT gen_random_uuid(), gen_random_uuid(), $1, "
        "$2, 'ENROLLED', 'NOT_NEEDED', '', $3 || lpad((n + $4)::text, $5, '0'), now() "
        "FROM generate_series(1, $6::int) n",
        *(NORMAL_UNIVERSITY, CHINESE, ports.tickets.prefix, first, ports.tickets.digits, taken),
    )
    await owner.close()
    fresh = new_id()
    await deliver(receiver, standing_changed(fresh, 1, identity_pb2.VERIFIED))
    await registering.register(fresh, NORMAL_UNIVERSITY, CHINESE, "1", ports)
    assert await ticket_number(fresh, ports) == ports.tickets.format(first + taken + 1)


async def test_a_new_format_is_for_new_numbers_only(receiver, ports, make_ports) -> None:  # ID-9
    before, after = new_id(), new_id()
    for candidate_id in (before, after):
        await deliver(receiver, standing_changed(candidate_id, 1, identity_pb2.VERIFIED))
    await registering.register(before, NORMAL_UNIVERSITY, CHINESE, "1", ports)
    number = await ticket_number(before, ports)
    changed = replace(make_ports(), tickets=TicketNumbers("27", 7))
    await registering.register(after, NORMAL_UNIVERSITY, CHINESE, "1", changed)
    assert await ticket_number(before, changed) == number
    assert (await ticket_number(after, changed)).startswith("27")


async def test_a_number_that_differs_by_case_alone_is_refused(ports) -> None:  # ID-1, ID-9
    # As a name to log in with both would be the same.
    row = EnrolledRow(new_id(), NORMAL_UNIVERSITY, CHINESE, "abc123456", ())
    [problem] = (await registering.import_registrations([row], ports, dry_run=False)).problems
    assert problem.column == "ticket_number"
