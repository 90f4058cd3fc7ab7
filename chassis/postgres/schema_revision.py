"""Whether a service's schema is one that its code can work with."""

import asyncio

from chassis.postgres.database import Database
from chassis.postgres.driver_statements import sql

_REVISION = sql("SELECT version_num FROM alembic_version")


class SchemaTooOld(Exception):
    """The schema has not been brought to the revision that this code needs."""


async def require_fitting_schema(db: Database) -> None:
    """Raises SchemaTooOld while the schema stands at an earlier revision than the newest this code knows. One that it
    does not know is of a later release, which it can work with: old code runs against the new schema.
    """
    revision = await db.hot.fetch_value(_REVISION)
    newest, known = await asyncio.to_thread(_known_revisions, db.schema)
    if revision is None or (revision in known and revision != newest):
        raise SchemaTooOld()


def _known_revisions(service: str) -> tuple[str | None, frozenset[str]]:
    from alembic.script import ScriptDirectory  # once, and nothing else of a service needs it

    from chassis.postgres.migrations import folder

    scripts = ScriptDirectory(str(folder(service)))
    return scripts.get_current_head(), frozenset(one.revision for one in scripts.walk_revisions())
