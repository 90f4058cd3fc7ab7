"""Dataclasses from rows and back by the names they share."""

from dataclasses import dataclass
from enum import Enum
from uuid import UUID

import pytest
from sqlalchemy import Column, MetaData, Table, Text

from chassis.postgres.rows import from_row, row_of


class State(Enum):
    OPEN = "OPEN"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True)
class Case:
    case_id: str
    state: State
    before: State | None
    image_ids: tuple[str, ...]
    owner_id: str
    version: int = 1


ROW = {"case_id": "c-1", "state": "OPEN", "before": None, "image_ids": ["a"], "owner_id": None, "version": None}
CASES = Table(
    "cases",
    MetaData(),
    Column("case_id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("owner_id", Text),
    Column("note", Text, nullable=False),
    Column("live", Text),
)


def test_fields_are_taken_from_the_columns_of_their_names() -> None:
    assert from_row(Case, ROW) == Case("c-1", State.OPEN, None, ("a",), "", 1)


def test_an_enum_is_made_of_its_value_also_where_it_may_be_missing() -> None:
    assert from_row(Case, ROW | {"before": "CLOSED"}).before is State.CLOSED


def test_what_is_named_needs_no_column() -> None:
    assert from_row(Case, {**ROW, "case_id": "other"}, case_id="c-2", image_ids=()).case_id == "c-2"
    assert from_row(Case, {name: ROW[name] for name in ROW if name != "version"}, version=7).version == 7


def test_a_column_that_is_missing_is_an_error() -> None:
    with pytest.raises(KeyError):
        from_row(Case, {"case_id": "c-1"})


def test_a_row_holds_what_table_and_dataclass_share() -> None:
    case = Case("c-1", State.OPEN, None, (), "o-1")
    assert row_of(CASES, case, note="") == {"case_id": "c-1", "state": "OPEN", "owner_id": "o-1", "note": ""}


def test_the_empty_text_is_null_where_a_column_may_be_null() -> None:
    assert row_of(CASES, Case("", State.OPEN, None, (), ""))["owner_id"] is None
    assert row_of(CASES, Case("", State.OPEN, None, (), ""))["case_id"] == ""


def test_an_id_is_text_however_it_was_read() -> None:
    @dataclass(frozen=True)
    class Thing:
        thing_id: str

    text = "0190f1e2-0000-7000-8000-000000000001"
    assert from_row(Thing, {"thing_id": UUID(text)}) == from_row(Thing, {"thing_id": text}) == Thing(text)
