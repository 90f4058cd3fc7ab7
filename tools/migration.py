"""`make migration SERVICE=review NAME=add_announcements`: drafts the next revision of a service's schema.

The service's migrations run on a throw-away PostgreSQL; what its `tables.py` says beyond them becomes the draft. What
cannot be drafted (triggers, functions, grants, sequences, exclusion constraints, what is renamed) is for its author;
where models and migrations differ even then is listed.
"""

import asyncio
import io
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import textwrap
import tokenize
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn, TypeVar

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from alembic.operations import ops
from sqlalchemy import CheckConstraint, Connection, MetaData, Table
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.postgres import migrations, shared_tables
from chassis.postgres.columns import tables_of
from cli.local import schemas_and_roles
from cli.local.postgres import FAST, Postgres
from tools.schema_facts import Facts, facts, facts_of_models

USAGE: Final = f"""\
make migration SERVICE=review NAME=add_announcements drafts the next revision of a service's schema from its models.
SERVICE is one of {", ".join(migrations.SERVICES)}; NAME says what the revision does, in_lower_case_words.
"""
AFTERWARDS: Final = f"""\
Read it, and say in its first line why it is there. It will run while the release before is serving: it may not drop,
rename or narrow what that release uses, nor rewrite a large table in one statement.
Lock timeout {migrations.LOCK_TIMEOUT}, statement timeout {migrations.STATEMENT_TIMEOUT}.
"""
TEMPLATE: Final = '''\
"""{title}."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from chassis.postgres.migrations import create_tables
from chassis.postgres.shared_tables import {shared}

revision = "{revision}"
down_revision = {before}


def upgrade() -> None:
{body}
'''
WIDTH: Final = 90
LONGEST_ID: Final = 32
"""As many characters as Alembic keeps of a revision's id."""
"""How long a text may be in one line of a draft."""

SHARED: Final = max(
    (name for name in vars(shared_tables) if re.fullmatch(r"shared_tables_v[0-9]+", name)),
    key=lambda name: int(name.rpartition("v")[2]),
)
"""The newest definition of the tables that every service has."""

T = TypeVar("T")


def main(arguments: list[str]) -> None:
    """Writes the draft, and says where it is and what it leaves out."""
    service, name = arguments if len(arguments) == 2 else ("", "")
    if service not in migrations.SERVICES or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        refuse(USAGE, status=2)
    metadata = tables_of(service)
    with migrated_database(service) as url:
        if body := on_schema(url, service, lambda connection: draft(connection, service, metadata)):
            path = write(migrations.folder(service) / "versions", name, body)
            sys.stdout.write(f"{path.relative_to(migrations.ROOT)}\n{AFTERWARDS}")
            migrations.upgrade(service, url)
        left = on_schema(url, service, lambda connection: differences(connection, service, metadata))
    for difference in left:
        sys.stdout.write(f"Not drafted: {difference}\n")
    if not body and not left:
        refuse(f"The migrations of {service} make what its models say: there is nothing to draft.\n")


def refuse(why: str, *, status: int = 1) -> NoReturn:
    """Ends with an explanation."""
    sys.stderr.write(why)
    sys.exit(status)


@contextmanager
def migrated_database(service: str) -> Iterator[str]:
    """The owner's URL of a throw-away database with the schema of a service at its newest revision."""
    with tempfile.TemporaryDirectory(prefix="zikao-migration-") as folder:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        server = Postgres(Path(folder) / "data", port, secrets.token_hex(8), FAST)
        server.start()
        try:
            url = server.url(database="postgres")
            asyncio.run(schemas_and_roles.prepare(url, {service: server.password}))
            migrations.upgrade(service, url)
            yield url
        finally:
            server.stop()
            server.forget()


def on_schema(url: str, schema: str, work: Callable[[Connection], T]) -> T:
    """What `work` finds on a connection whose search path leads to the schema."""

    async def run() -> T:
        engine = create_async_engine(
            make_url(url).set(drivername="postgresql+asyncpg"),
            connect_args={"server_settings": {"search_path": f"{schema},public"}},
        )
        try:
            async with engine.connect() as connection:
                return await connection.run_sync(work)
        finally:
            await engine.dispose()

    return asyncio.run(run())


def differences(connection: Connection, schema: str, metadata: MetaData) -> list[str]:
    """What only the models say, and what only the migrations made."""
    migrated, wanted = facts(connection, schema), facts_of_models(connection, metadata)
    return [
        *(f"only the models say: {fact}" for fact in sorted(wanted - migrated)),
        *(f"only the migrations make: {fact}" for fact in sorted(migrated - wanted)),
    ]


def draft(connection: Connection, schema: str, metadata: MetaData) -> str:
    """The statements that make of the migrated schema what the models say; empty where they agree."""
    metadata, wanted = with_checks_at_tables(metadata), facts_of_models(connection, metadata)
    migrated = facts(connection, schema)
    context = MigrationContext.configure(
        connection,
        opts={
            "target_metadata": metadata,
            "include_name": lambda name, kind, _: kind != "table" or name != migrations.VERSION_TABLE,
            "autogenerate_plugins": ["alembic.autogenerate.*", "alembic.ext.checkconstraint_byname"],
        },
    )
    steps = produce_migrations(context, metadata).upgrade_ops
    assert steps is not None
    creation = created_at_once(steps)
    for table in metadata.sorted_tables:
        steps.ops += [*changed_checks(table, migrated, wanted), *changed_predicates(table, migrated, wanted)]
    return creation + (rendered(steps, context) if steps.ops else "")


def created_at_once(steps: ops.UpgradeOps) -> str:
    """In a service's first revision one line makes the tables that every service has, and nothing else does."""
    shared = shared_tables.SharedTables._fields
    if not {step.table_name for step in steps.ops if isinstance(step, ops.CreateTableOp)}.issuperset(shared):
        return ""
    steps.ops = [step for step in steps.ops if getattr(step, "table_name", None) not in shared]
    return f"    create_tables({SHARED})\n"


def with_checks_at_tables(metadata: MetaData) -> MetaData:
    """The same models with every check at its table: Alembic does not see those that stand at a column."""
    copy = MetaData(naming_convention=metadata.naming_convention)
    for table in metadata.sorted_tables:
        copied = table.to_metadata(copy)
        for column in copied.columns:
            for check in [one for one in column.constraints if isinstance(one, CheckConstraint)]:
                column.constraints.remove(check)
                copied.append_constraint(CheckConstraint(check.sqltext, name=check.name))
    return copy


def changed_checks(table: Table, migrated: Facts, wanted: Facts) -> Iterator[ops.MigrateOperation]:
    """Alembic goes by the names of checks: one that says something else now is dropped, and made again."""
    for check in sorted(table.constraints, key=lambda constraint: str(constraint.name)):
        start = f"constraint {table.name} {check.name} "
        before, after = ({fact for fact in some if fact.startswith(start)} for some in (migrated, wanted))
        if isinstance(check, CheckConstraint) and before and before != after:
            yield ops.DropConstraintOp.from_constraint(check)
            yield ops.CreateCheckConstraintOp.from_constraint(check)


def changed_predicates(table: Table, migrated: Facts, wanted: Facts) -> Iterator[ops.MigrateOperation]:
    """Alembic compares the columns of indexes: one whose predicate alone is another is dropped, and made again."""
    for index in sorted(table.indexes, key=lambda one: str(one.name)):
        start = f" INDEX {index.name} ON {table.name} "
        before, after = ([fact for fact in some if start in fact] for some in (migrated, wanted))
        columns = [{fact.partition(" WHERE ")[0] for fact in facts_of_one} for facts_of_one in (before, after)]
        if before and before != after and columns[0] == columns[1]:
            yield ops.DropIndexOp.from_index(index)
            yield ops.CreateIndexOp.from_index(index)


def rendered(steps: ops.UpgradeOps, context: MigrationContext) -> str:
    """Steps as Python, without Alembic's remarks, and with texts in lines of a length that can be read."""
    code = "".join(
        f"    {line.strip()}\n"
        for line in render_python_code(steps, migration_context=context).splitlines()
        if not line.lstrip().startswith("#")
    )
    code = code.replace("(astext_type=sa.Text())", "()").replace(", unique=False", "")
    lines = code.splitlines(keepends=True)
    long = [
        token
        for token in tokenize.generate_tokens(io.StringIO(f"if True:\n{code}").readline)
        if token.type == tokenize.STRING and len(token.string) > WIDTH
    ]
    for token in reversed(long):  # from the end, so that the places of the others stay
        row, start, end = token.start[0] - 2, token.start[1], token.end[1]
        lines[row] = f"{lines[row][:start]}{in_several_lines(token.string)}{lines[row][end:]}"
    return "".join(lines)


def in_several_lines(literal: str) -> str:
    """A long text, as several that Python joins."""
    quote = literal[0]
    parts = textwrap.wrap(literal[1:-1], WIDTH, break_long_words=False, break_on_hyphens=False)
    return " ".join(f"{quote}{part} {quote}" for part in parts[:-1]) + f" {quote}{parts[-1]}{quote}"


def write(versions: Path, name: str, body: str) -> Path:
    """The draft as a file, numbered after the newest revision, in the format of the house."""
    before = max((path.stem for path in versions.glob("[0-9][0-9][0-9][0-9]_*.py")), default="")
    # The name is part of the id, so that a schema of another history is never taken for one of this.
    revision = f"{int(before[:4] or 0) + 1:04}_{name}"[:LONGEST_ID]
    path = versions / f"{revision}.py"
    text = TEMPLATE.format(
        title=name.replace("_", " ").capitalize(),
        shared=SHARED,
        revision=revision,
        before=f'"{before}"' if before else None,
        body=body,
    )
    versions.mkdir(exist_ok=True)
    path.write_text(text)
    for command in (["check", "--fix", "--quiet", "--select=F401,I"], ["format", "--quiet"]):
        subprocess.run([sys.executable, "-m", "ruff", *command, str(path)], check=True)
    return path


if __name__ == "__main__":
    main(sys.argv[1:])
