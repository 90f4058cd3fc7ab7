"""The chassis' own tables as a service has them in its schema, and one table of a service's beside them."""

from sqlalchemy import Column, MetaData, Table, Text, UniqueConstraint
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.postgres.columns import CONSTRAINT_NAMES
from chassis.postgres.shared_tables import shared_tables_v1

METADATA = MetaData(naming_convention=CONSTRAINT_NAMES)
OUTBOX = shared_tables_v1(METADATA).outbox
THINGS = Table(
    "things",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("place", Text),
    UniqueConstraint("place"),
)


async def create_all(owner_url: str) -> None:
    """Makes the tables in the schema `chassis` of a database, as its owner."""
    url = make_url(owner_url).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url, connect_args={"server_settings": {"search_path": "chassis,public"}})
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    await engine.dispose()
