"""Messages from domain values by the names they share."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum

import pytest
from zikao.review.v1 import resources_pb2

from chassis.errors import InvalidRequest
from chassis.rpc.message_mapping import day_of, instant_in, message_of

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)


class State(Enum):
    WAITING = "WAITING"


@dataclass(frozen=True, slots=True)
class Case:
    case_id: str
    state: State = State.WAITING
    deadline: datetime | None = None
    unknown_to_the_contract: int = 1

    @property
    def etag(self) -> str:
        return "7"


def test_what_both_call_the_same_is_said_once() -> None:
    made = message_of(resources_pb2.Case, Case("c-1", deadline=NOON))
    assert (made.case_id, made.etag) == ("c-1", "7")
    assert made.state == resources_pb2.Case.WAITING
    assert made.deadline.ToDatetime(tzinfo=UTC) == NOON


def test_what_is_not_there_stays_unset() -> None:
    assert not message_of(resources_pb2.Case, Case("c-1")).HasField("deadline")


def test_what_is_named_is_taken_as_it_is() -> None:
    assert message_of(resources_pb2.Case, Case("c-1"), case_id="", claimed_by="r-1").case_id == ""


@dataclass(frozen=True)
class Day:
    date: date
    approved: int = 2


def test_days_are_written_as_contracts_write_them() -> None:
    day = message_of(resources_pb2.ReviewFigures.Day, Day(date(2026, 9, 1)))
    assert (day.date, day.approved) == ("2026-09-01", 2)


@dataclass(frozen=True)
class File:
    case_id: Case


def test_a_value_of_the_domain_must_be_mapped_by_name() -> None:
    with pytest.raises(TypeError, match="name the field"):
        message_of(resources_pb2.Case, File(Case("c-1")))


def test_a_day_is_read() -> None:
    assert day_of("effective_date", "2026-10-24") == date(2026, 10, 24)


@pytest.mark.parametrize("text", ["0000-00-00", "2026-02-30", "2026-13-01", "0001-01-01", "9999-12-31"])
def test_a_day_that_does_not_exist_names_its_field(text: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        day_of("effective_date", text)  # GW-3: the caller's mistake, not ours
    assert [(one.field, one.reason) for one in refused.value.fields] == [("effective_date", "NO_SUCH_DAY")]


def test_an_instant_is_read_where_it_is_set() -> None:
    assert instant_in(resources_pb2.Case(deadline=NOON), "deadline") == NOON
    assert instant_in(resources_pb2.Case(), "deadline") is None
