"""Copies of a person's rows: each under names of its own, in whatever tables there are."""

import base64
import uuid
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from bench.seeding.row_copies import NothingToCopy, copy_tables, keyed_by, read_original, write_copies
from chassis.ids import new_id
from cli.local import schemas_and_roles
from tests.support.postgres_server import DatabaseServer, unique_name

NOW = datetime.now(UTC)
TABLES = """
CREATE SCHEMA enrollment; CREATE SCHEMA payment;
CREATE TABLE enrollment.people (
  seq bigint GENERATED ALWAYS AS IDENTITY, person uuid PRIMARY KEY, ticket text UNIQUE, likes jsonb, state text);
CREATE TABLE payment.trades (
  trade text PRIMARY KEY, bought uuid, due timestamptz, open_until timestamptz,
  day text GENERATED ALWAYS AS ('on ' || trade) STORED);
CREATE TABLE payment.bought (bought uuid PRIMARY KEY, person uuid, state text);
CREATE TABLE payment.empty (id uuid PRIMARY KEY);
"""


def base32(word: str) -> str:
    return base64.b32encode(uuid.UUID(word).bytes).decode().rstrip("=").lower()


class Person:
    """Somebody with a row in every table but one."""

    def __init__(self) -> None:
        self.id, self.friend, self.bought = new_id(), new_id(), new_id()
        self.ticket, self.trade = f"B{uuid.uuid4().int % 10**15:015d}", f"{base32(self.bought)}01"
        self.words = [self.id, self.ticket, self.bought, self.trade]

    async def insert(self, url: str) -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(
                "INSERT INTO enrollment.people (person, ticket, likes, state) VALUES ($1, $2, $3, 'DRAFT')",
                *(self.id, self.ticket, f'{{"first": "{self.friend}", "what": "a\\ttab"}}'),
            )
            await connection.execute(
                "INSERT INTO payment.trades VALUES ($1, $2, $3, $4)",
                *(self.trade, self.bought, NOW + timedelta(seconds=5), NOW + timedelta(hours=24)),
            )
            await connection.execute("INSERT INTO payment.bought VALUES ($1, $2, 'OPEN')", self.bought, self.id)
        finally:
            await connection.close()


@pytest.fixture
async def url(postgres: DatabaseServer) -> str:
    return await made(postgres, unique_name("copies"))


async def made(postgres: DatabaseServer, name: str) -> str:
    await schemas_and_roles.create_database(postgres.url, name)
    connection = await asyncpg.connect(postgres.owner_url(name))
    try:
        await connection.execute(TABLES)
    finally:
        await connection.close()
    return postgres.owner_url(name)


async def rows(url: str, query: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(query)
    finally:
        await connection.close()


async def test_every_copy_has_the_person_s_rows_under_names_of_its_own(url: str):
    person, other = Person(), Person()
    for one in (person, other):
        await one.insert(url)
    copies = await write_copies(url, await read_original(url, person.words, NOW), 20)
    assert len({renamed[person.id] for renamed in copies}) == 20
    joined = "enrollment.people JOIN payment.bought USING (person) JOIN payment.trades USING (bought)"
    found = {str(row["person"]): row for row in await rows(url, f"SELECT * FROM {joined}")}
    assert len(found) == 22
    for renamed in copies:
        row = found[renamed[person.id]]
        assert (row["ticket"], row["trade"]) == (renamed[person.ticket], renamed[person.trade])
        assert row["trade"] == f"{base32(str(row['bought']))}01", "a trade number stays that of its order"
        assert row["likes"] == f'{{"what": "a\\ttab", "first": "{renamed[person.friend]}"}}'
        assert row["day"] == f"on {row['trade']}"
        assert len(row["ticket"]) == len(person.ticket)


async def test_what_is_due_soon_is_due_a_day_later_in_copies(url: str):
    person = Person()
    await person.insert(url)
    await write_copies(url, await read_original(url, person.words, NOW), 1)
    copied = (await rows(url, "SELECT due, open_until FROM payment.trades ORDER BY due DESC"))[0]
    assert copied["due"] == NOW + timedelta(days=1, seconds=5)
    assert copied["open_until"] == NOW + timedelta(hours=24)


async def test_things_are_counted_by_key_owner_and_state_in_the_table_that_holds_one(url: str):
    person = Person()
    await person.insert(url)
    copies = await write_copies(url, await read_original(url, person.words, NOW), 5)
    table = await keyed_by(url, "payment", person.bought, person.id)
    assert (table.table.name, table.key, table.owner) == ("bought", "bought", "person")
    owners = [renamed[person.id] for renamed in copies]
    assert await table.count(url, owners=owners) == 5
    assert await table.count(url, keys=[copies[0][person.bought], new_id()], state="OPEN") == 1
    assert await table.count(url, owners=owners, state="PAID") == 0
    await table.take_away(url, owners)
    assert await table.count(url, owners=[*owners, person.id]) == 1


async def test_nobody_is_copied_who_is_not_there(url: str):
    with pytest.raises(NothingToCopy):
        await read_original(url, [new_id()], NOW)
    with pytest.raises(NothingToCopy):
        await keyed_by(url, "payment", new_id(), new_id())


async def test_another_database_gets_what_the_first_holds(url: str, postgres: DatabaseServer):
    person, other_url = Person(), await made(postgres, unique_name("copies"))
    await person.insert(url)
    await Person().insert(other_url)
    await copy_tables(url, other_url)
    for table in ("enrollment.people", "payment.bought"):
        (row,) = await rows(other_url, f"SELECT person FROM {table}")
        assert str(row["person"]) == person.id
