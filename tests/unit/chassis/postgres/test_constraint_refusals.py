"""What a violated constraint stands for, and which fields of a request it is about (F-26)."""

import asyncpg
import pytest
from google.protobuf.empty_pb2 import Empty
from sqlalchemy import CheckConstraint, Column, Index, MetaData, Table, Text, UniqueConstraint, text
from zikao.identity.v1 import staff_service_pb2

from chassis.errors import NotFound, RequestIdReused
from chassis.postgres.columns import CONSTRAINT_NAMES
from chassis.postgres.constraint_refusals import (
    Conflict,
    columns_of_constraints,
    conflict_with_stored,
    refused_by_constraint,
)

METADATA = MetaData(naming_convention=CONSTRAINT_NAMES)
Table(
    "things",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("place", Text),
    Column("state", Text),
    UniqueConstraint("place"),
    CheckConstraint("state = 'OPEN' OR place IS NOT NULL", name="placed"),
    Index("one_open", "name", unique=True, postgresql_where=text("state = 'OPEN'")),
    Index("by_state", "state"),
)


def violation(constraint: str) -> asyncpg.PostgresError:
    """What the driver raises."""
    error = asyncpg.UniqueViolationError("no")
    error.constraint_name = constraint  # type: ignore[attr-defined]
    return error


def test_every_constraint_and_unique_index_has_its_columns() -> None:  # F-26
    assert columns_of_constraints(METADATA) == {
        "things_pkey": ["name"],
        "things_place_key": ["place"],
        "things_placed_check": ["place", "state"],
        "one_open": ["name"],
    }


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        (["staff_id", "issuer", "subject"], ["staff_id", "subject"]),
        (["elsewhere"], []),
    ],
)
def test_fields_called_as_the_columns_are_named(columns: list[str], named: list[str]) -> None:  # F-26
    refusal = conflict_with_stored(columns, staff_service_pb2.LinkStaffIdentityRequest())
    assert [one.field for one in refusal.fields] == named


def test_a_field_of_a_message_in_the_request_is_named_by_its_path() -> None:  # F-26
    refusal = conflict_with_stored(["login_name"], staff_service_pb2.CreateStaffRequest())
    assert [one.field for one in refusal.fields] == ["staff.login_name"]
    assert conflict_with_stored(["login_name"], Empty()).fields == ()


def test_a_known_constraint_is_its_refusal_and_another_stays_what_it_was() -> None:  # F-26
    known = {"things_pkey": Conflict(RequestIdReused, "request_id"), "one_open": Conflict(NotFound)}
    with pytest.raises(RequestIdReused) as refused, refused_by_constraint(known):
        raise violation("things_pkey")
    assert [(one.field, one.reason) for one in refused.value.fields] == [("request_id", "REQUEST_ID_REUSED")]
    with pytest.raises(NotFound) as nameless, refused_by_constraint(known):
        raise violation("one_open")
    assert nameless.value.fields == ()
    with pytest.raises(asyncpg.UniqueViolationError), refused_by_constraint(known):
        raise violation("things_place_key")
