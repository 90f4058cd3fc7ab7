"""What the migrations of a service make is what its tables say, and what only migrations can make is listed here."""

import asyncio
from collections.abc import Callable, Iterator

import asyncpg
import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from chassis.postgres import migrations
from chassis.postgres.columns import tables_of
from chassis.postgres.shared_tables import SharedTables
from cli.main import app
from tests.integration.schemas.schema_inspection import inspect_schema
from tests.support.postgres_server import ROLE_PASSWORD, DatabaseServer, unique_name
from tools.migration import differences
from tools.schema_facts import GUARDS, facts


def chained(service: str) -> set[str]:
    """What makes the audit log of a service one chain that only grows (RE-7, RE-11)."""
    return {
        "function chain_audit_entry",
        "trigger audit_chain",
        "function audit_entries_stay",
        "trigger audit_append_only",
        "trigger audit_only_reasons_go",
        f"refused to zikao_{service} on audit_entries DELETE",
        f"refused to zikao_{service} on audit_entries UPDATE",
    }


GUARDED = {
    "identity": chained("identity"),
    "enrollment": chained("enrollment"),
    "payment": {
        "function guard_order",
        "function guard_attempt",
        "function guard_timeline",
        "function guard_refund",
        "function guard_item",
        "trigger guard_order",
        "trigger guard_attempt",
        "trigger guard_timeline",
        "trigger guard_refund",
        "trigger guard_item",
        *chained("payment"),
    },
    "review": chained("review"),
}
"""By service: functions, triggers, and what its own role may not do with a table (RE-7)."""


@pytest.fixture(params=migrations.SERVICES)
def service(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def migrated_url(postgres: DatabaseServer, template_of: Callable[[str], str], service: str) -> str:
    return postgres.owner_url(template_of(service))


async def test_the_migrations_make_what_the_tables_say(service: str, migrated_url: str) -> None:
    models = tables_of(service)
    assert await inspect_schema(migrated_url, lambda connection: differences(connection, service, models)) == []


def test_every_service_has_the_tables_of_the_chassis(service: str) -> None:
    assert set(SharedTables._fields) <= set(tables_of(service).tables)


async def test_what_only_migrations_make_is_known(service: str, migrated_url: str) -> None:
    made = await inspect_schema(migrated_url, lambda connection: facts(connection, service, GUARDS))
    kinds = ("function", "trigger")
    named = {" ".join(fact.split(" ")[:2]) if fact.startswith(kinds) else fact for fact in made}
    assert named == GUARDED[service]


def test_migrating_again_changes_nothing(service: str, migrated_url: str) -> None:
    migrations.upgrade(service, migrated_url)


async def test_every_constraint_has_a_name_of_its_own(service: str, migrated_url: str) -> None:
    numbered = text("SELECT conname FROM pg_constraint WHERE connamespace::regnamespace::text = :s AND conname ~ :end")
    parameters = {"s": service, "end": "_check[0-9]+$"}
    names = await inspect_schema(migrated_url, lambda connection: connection.execute(numbered, parameters).all())
    assert names == []


@pytest.fixture
def url_of_another_release(postgres: DatabaseServer) -> Iterator[str]:
    """The owner's URL of a database whose schema of identity stands at a revision that does not exist."""
    name = unique_name("identity")
    postgres.create_migrated(name, "identity")
    asyncio.run(stand_at(postgres.owner_url(name), "0999"))
    yield postgres.owner_url(name)
    postgres.drop(name)


async def stand_at(url: str, revision: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(f"UPDATE identity.{migrations.VERSION_TABLE} SET version_num = $1", revision)
    await connection.close()


def test_a_schema_of_another_release_is_refused_in_a_sentence(url_of_another_release: str) -> None:
    with pytest.raises(migrations.SchemaUnknown, match=r"^What identity has .* another release .* `make reset`\.$"):
        migrations.upgrade("identity", url_of_another_release)


def test_the_command_says_so_and_nothing_else(url_of_another_release: str) -> None:
    passwords = [f"--role-password={service}={ROLE_PASSWORD}" for service in migrations.SERVICES]
    told = ["--database-url", url_of_another_release, *passwords]
    refused = CliRunner().invoke(app, ["migrate", *told])
    assert refused.exit_code == 1
    assert "another release of Zikao" in refused.stderr
    assert "Traceback" not in refused.output
