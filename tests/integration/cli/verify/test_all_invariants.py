"""`zikao verify` finds whatever breaks an invariant (OP-1), though the constraint that states it has been lost."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any, Final

import asyncpg
import pytest

from chassis.postgres import migrations
from cli.local import schemas_and_roles
from cli.verify import bill_invariants, money_invariants, people_invariants
from tests.integration.cli.verify.valid_rows import (
    CASES,
    FEE,
    PERSON,
    PRACTICE,
    SELECTION,
    create_unguarded_tables,
    insert_valid_rows,
    numbered_id,
)
from tests.support.postgres_server import ROLE_PASSWORD, DatabaseServer, unique_name

OTHER = numbered_id(90)
IDENTITY, PHONE, MAJOR, COURSE, DETAILS = (CASES[kind][0] for kind in CASES)

PEOPLE: Final[Mapping[str, str]] = {
    "no two live selections of one person overlap in time": f"""
        INSERT INTO enrollment.selections (selection_id, candidate_id, registration_id, session_id, course_code,
          course_kind, state, fee_fen, time_range, create_time, update_time)
        SELECT '{OTHER}', candidate_id, registration_id, session_id, '00002', 'PUBLIC_PRACTICE', 'DRAFT', fee_fen,
          '[2027-01-09 11:00, 2027-01-09 12:00)', now(), now()
        FROM enrollment.selections WHERE selection_id = '{SELECTION}'""",
    "no document number has two verified accounts, or more than three that are not": f"""
        INSERT INTO identity.candidates SELECT (jsonb_populate_record(c, '{{"candidate_id": "{OTHER}"}}')).*
        FROM identity.candidates c WHERE candidate_id = '{PERSON}'""",
    "no account that has ended has a ticket number, or a course a minute later": """
        UPDATE identity.candidates SET identity_state = 'ENDED'""",
    "no ticket number belongs to two registrations": f"""
        INSERT INTO enrollment.registrations SELECT '{OTHER}', '{OTHER}', school_code, major_code, origin, proof_state,
          pledge_version, ticket_number, NULL, version, create_time FROM enrollment.registrations""",
    "no candidate has more or fewer ticket numbers than were ever issued to them": f"""
        INSERT INTO identity.login_names VALUES ('\\x02', '{PERSON}', now())""",
    "no submission of a case has two decisions": f"""
        INSERT INTO review.decisions SELECT * FROM review.decisions WHERE case_id = '{IDENTITY}'""",
    "every case stands as its last decision says": f"""
        UPDATE review.decisions SET verdict = 'REJECTED' WHERE case_id = '{IDENTITY}'""",
    "every decision is told once by the audit log": f"""
        DELETE FROM review.audit_entries WHERE object_id = '{MAJOR}'""",
    "every final decision about who somebody is is in effect": """
        UPDATE identity.candidates SET identity_state = 'UNDER_REVIEW'""",
    "every final decision about a correction of photo or details is in effect": """
        UPDATE identity.candidates SET correction_state = 'UNDER_REVIEW'""",
    "every final decision about a phone is in effect": """
        UPDATE identity.phone_changes SET state = 'UNDER_REVIEW', decide_time = NULL""",
    "every final decision about a special major's proofs is in effect": """
        UPDATE enrollment.registrations SET proof_state = 'UNDER_REVIEW'""",
    "every final decision about a practice course is in effect": f"""
        UPDATE enrollment.selections SET state = 'UNDER_REVIEW' WHERE selection_id = '{PRACTICE}'""",
}
"""By what a check says: a change that breaks it and nothing before it in the list."""

MONEY: Final[Mapping[str, str]] = {
    "every effective theory selection has exactly one paid item": f"""
        INSERT INTO payment.order_items SELECT * FROM payment.order_items WHERE item_id = '{SELECTION}'""",
    "every paid item has exactly one effective selection or a refund": f"""
        UPDATE enrollment.selections SET state = 'VOID' WHERE selection_id = '{SELECTION}'""",
    "no refunded item has an effective selection": f"""
        UPDATE payment.order_items SET refunded = true, refund_id = '{OTHER}';
        UPDATE enrollment.selections SET course_kind = 'PUBLIC_PRACTICE' WHERE selection_id = '{SELECTION}'""",
    "every paid order has one payment of its whole amount": "UPDATE payment.attempts SET paid_fen = paid_fen - 1",
    "no order that ended unpaid keeps money that is not going back": """
        UPDATE payment.orders SET state = 'EXPIRED';
        UPDATE payment.order_items SET paid = false;
        UPDATE enrollment.selections SET state = 'VOID'""",
    "no payment has given back more than came, and no order other than its refunds say": """
        UPDATE payment.orders SET refunded_fen = 1""",
}


BILLS: Final[Mapping[str, str]] = {
    "every payment is on its platform's bill with its amount": "UPDATE payment.attempts SET paid_fen = paid_fen + 1",
    "every payment on a bill is here with its amount": "DELETE FROM payment.attempts",
    "every refund to where the money came from is on its platform's bill with its amount": f"""
        INSERT INTO payment.refunds (refund_id, order_id, attempt_number, item_ids, amount_fen, state, reason,
          create_time, due_date, success_time)
        SELECT '{OTHER}', order_id, number, '{{}}', 1, 'SUCCEEDED', 'SURPLUS_MONEY', now(), current_date, paid_time
        FROM payment.attempts""",
    "every refund on a bill is here with its amount, done or with the platform": f"""
        INSERT INTO payment.bill_lines SELECT run_id, 2, now(), 'REFUND', 't', 'p', '{OTHER}', 1
        FROM payment.statements""",
}


class Platform:
    """The operator's API, as far as bills go: payment has read them already, and they stay as they were read."""

    async def send(self, _method: str, _path: str, _body: Any) -> dict[str, Any]:
        return {"state": "BALANCED"}


READ_BILL: Final = (
    f"""
INSERT INTO payment.statements (provider, date, run_id, state)
SELECT provider, (paid_time AT TIME ZONE 'Asia/Shanghai')::date, '{OTHER}', 'BALANCED' FROM payment.attempts""",
    f"""
INSERT INTO payment.bill_lines (run_id, number, time, kind, out_trade_no, platform_trade_no, out_refund_no, amount_fen)
SELECT '{OTHER}', 1, paid_time, 'PAYMENT', out_trade_no, platform_trade_no, '', {FEE} FROM payment.attempts""",
)
"""The bill of the day on which the one order was paid, as payment keeps what it has read."""


@pytest.fixture(scope="module")
def valid_database(postgres: DatabaseServer) -> Iterator[str]:
    """The database of all services in which every invariant holds; to be copied."""
    name = unique_name("valid")
    postgres.create(name)
    asyncio.run(schemas_and_roles.prepare(postgres.owner_url(name), dict.fromkeys(migrations.SERVICES, ROLE_PASSWORD)))
    asyncio.run(_fill(postgres.owner_url(name)))
    yield name
    postgres.drop(name)


async def _fill(copy_url: str) -> None:
    await create_unguarded_tables(copy_url)
    connection = await asyncpg.connect(copy_url)
    try:
        await insert_valid_rows(connection)
        for statement in READ_BILL:
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
async def connection(postgres: DatabaseServer, valid_database: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the valid database, in a transaction that is never committed."""
    connection = await asyncpg.connect(postgres.owner_url(valid_database))
    changes = connection.transaction(isolation="repeatable_read")
    await changes.start()
    yield connection
    await changes.rollback()
    await connection.close()


@pytest.fixture
def copy_url(postgres: DatabaseServer, valid_database: str) -> Iterator[str]:
    """The owner's URL of a copy of the valid database."""
    name = unique_name("copy")
    postgres.create(name, valid_database)
    yield postgres.owner_url(name)
    postgres.drop(name)


@pytest.fixture
async def change_copy(copy_url: str) -> AsyncIterator[Callable[[str], Any]]:
    """Changes the copy, as somebody who gets past every constraint."""
    connection = await asyncpg.connect(copy_url)
    yield connection.execute
    await connection.close()


def broken(found: people_invariants.PeopleResults | money_invariants.MoneyResults) -> list[str]:
    return [check.says for check, count in found.checks.broken.items() if count]


async def test_data_in_which_every_invariant_holds_verify_and_every_check_had_something_to_look_at(
    copy_url,
) -> None:
    people, money = await people_invariants.verify(copy_url), await money_invariants.verify(copy_url, Platform())
    assert (people.trouble, money.trouble) == ("", "")
    empty = [check.says for check, count in (people.checks.checked | money.checks.checked).items() if not count]
    assert empty == [
        "no refunded item has an effective selection",
        "no order that ended unpaid keeps money that is not going back",
        "no payment has given back more than came, and no order other than its refunds say",
        "every refund to where the money came from is on its platform's bill with its amount",
        "every refund on a bill is here with its amount, done or with the platform",
    ]


def test_every_check_is_broken_by_a_change_here() -> None:
    assert {check.says for check in people_invariants.CHECKS} == PEOPLE.keys()
    assert {check.says for check in money_invariants.CHECKS} == MONEY.keys()
    assert {check.says for check in bill_invariants.CHECKS} == BILLS.keys()


async def test_a_case_withdrawn_after_a_rejection_breaks_nothing(connection) -> None:  # invariant 5
    await connection.execute(f"""
        UPDATE review.decisions SET verdict = 'REJECTED' WHERE case_id = '{DETAILS}';
        UPDATE review.cases SET state = 'WITHDRAWN' WHERE case_id = '{DETAILS}'""")
    assert broken(await people_invariants.found(connection)) == []


@pytest.mark.parametrize("says", PEOPLE)
async def test_what_breaks_an_invariant_of_people_and_cases_is_found(connection, says) -> None:
    await connection.execute(PEOPLE[says])
    found = await people_invariants.found(connection)
    assert says in broken(found)
    assert found.trouble


@pytest.mark.parametrize("says", [*MONEY, *BILLS])
async def test_what_breaks_an_invariant_of_money_is_found(copy_url, change_copy, says) -> None:
    await change_copy((MONEY | BILLS)[says])
    found = await money_invariants.verify(copy_url, Platform())
    assert says in broken(found)
    assert found.trouble


@pytest.mark.parametrize(
    ("undone", "service", "about"),
    [
        ("UPDATE identity.candidates SET identity_state = 'UNDER_REVIEW'", "review", IDENTITY),
        ("DELETE FROM identity.login_names", "enrollment", PERSON),
    ],
    ids=["a decision", "a ticket number"],
)
async def test_what_an_event_is_on_its_way_about_is_left_out(connection, undone, service, about) -> None:
    await connection.execute(undone)
    assert (await people_invariants.found(connection)).trouble
    await connection.execute(
        f"INSERT INTO {service}.outbox"
        " (event_id, destination, aggregate_id, type, payload, create_time, available_time)"
        f" VALUES ('{OTHER}', 'identity', '{about}', '', '', now(), now())"
    )
    found = await people_invariants.found(connection)
    assert (found.trouble, found.on_their_way) == ("", 1)


async def test_a_decision_that_asks_again_leaves_the_case_open(connection) -> None:  # RE-4
    await connection.execute(f"UPDATE review.cases SET state = 'COLLECTING' WHERE case_id = '{IDENTITY}'")
    assert "every case stands as its last decision says" in broken(await people_invariants.found(connection))
    await connection.execute(f"UPDATE review.decisions SET verdict = 'ASKED_AGAIN' WHERE case_id = '{IDENTITY}'")
    assert not (await people_invariants.found(connection)).trouble
