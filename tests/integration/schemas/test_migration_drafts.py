"""`make migration`: what is drafted, run on the schema that the migrations made, makes what the models say."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import CheckConstraint, Column, Connection, Index, MetaData, Table, Text, text

from chassis.postgres.columns import CONSTRAINT_NAMES, an_id, instant, tables_of
from chassis.postgres.shared_tables import SharedTables
from tests.integration.schemas.schema_inspection import inspect_schema
from tests.support.postgres_server import DatabaseServer
from tools.migration import differences, draft, write


@pytest.fixture
def models() -> MetaData:
    """Review's tables, to be changed."""
    copy = MetaData(naming_convention=CONSTRAINT_NAMES)
    for table in tables_of("review").sorted_tables:
        table.to_metadata(copy)
    return copy


@pytest.fixture
def url(postgres: DatabaseServer, template_of: Callable[[str], str]) -> str:
    return postgres.owner_url(template_of("review"))


async def drafted(url: str, models: MetaData) -> str:
    return str(await inspect_schema(url, lambda connection: draft(connection, "review", models)))


async def left_after(url: str, models: MetaData, revision: Path) -> Any:
    """Where models and schema differ once the revision has run; nothing stays of it."""

    def run(connection: Connection) -> list[str]:
        connection.execute(text("SET search_path = review, public"))
        with Operations.context(MigrationContext.configure(connection)):
            made: dict[str, Any] = {}
            exec(revision.read_text(), made)
            made["upgrade"]()
        return differences(connection, "review", models)

    return await inspect_schema(url, run)


async def test_where_models_and_migrations_agree_there_is_nothing_to_draft(url: str, models: MetaData) -> None:
    assert await drafted(url, models) == ""


async def test_a_draft_makes_what_the_models_say(url: str, models: MetaData, tmp_path: Path) -> None:
    Table(
        "announcements",
        models,
        an_id("announcement_id", primary_key=True),
        Column("title", Text, CheckConstraint("title <> ''", name="title"), nullable=False),
        instant("publish_time", nullable=True),
        Index("announcements_published_idx", "publish_time", postgresql_where=text("publish_time IS NOT NULL")),
    )
    models.tables["cases"].append_column(Column("announced", Text, nullable=False, server_default=text("''")))
    revision = write(tmp_path, "add_announcements", await drafted(url, models))
    assert revision.name == "0001_add_announcements.py"
    assert await left_after(url, models, revision) == []


async def test_the_first_revision_makes_the_tables_of_every_service_at_once(url: str, models: MetaData) -> None:
    first = str(await inspect_schema(url, lambda connection: draft(connection, "public", models)))
    assert first.startswith("    create_tables(shared_tables_v1)\n")
    assert [name for name in SharedTables._fields if f'"{name}"' in first] == []


async def test_a_check_that_says_something_else_is_made_again(url: str, models: MetaData, tmp_path: Path) -> None:
    cases = models.tables["cases"]
    check = next(one for one in cases.constraints if one.name == "cases_kind_check")
    cases.constraints.remove(check)
    cases.append_constraint(CheckConstraint("kind IN ('DETAILS', 'ANNOUNCEMENT')", name="kind"))
    (tmp_path / "0007_before.py").touch()
    revision = write(tmp_path, "announcements_as_cases", await drafted(url, models))
    assert revision.name == "0008_announcements_as_cases.py"
    assert 'down_revision = "0007_before"' in revision.read_text()
    assert await left_after(url, models, revision) == []


async def test_an_index_over_other_rows_is_made_again(url: str, models: MetaData, tmp_path: Path) -> None:
    index = next(one for one in models.tables["decisions"].indexes if one.name == "decisions_sampled_idx")
    index.dialect_options["postgresql"]["where"] = text("NOT sampled")
    revision = write(tmp_path, "another_sample", await drafted(url, models))
    assert await left_after(url, models, revision) == []


async def test_a_long_condition_is_drafted_in_several_lines(url: str, models: MetaData, tmp_path: Path) -> None:
    condition = " AND ".join(f"kind <> 'NUMBER_{number}'" for number in range(20))
    models.tables["cases"].append_constraint(CheckConstraint(condition, name="long"))
    revision = write(tmp_path, "long", await drafted(url, models))
    assert max(map(len, revision.read_text().splitlines())) <= 120
    assert await left_after(url, models, revision) == []
