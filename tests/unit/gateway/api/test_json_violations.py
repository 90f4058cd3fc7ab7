"""A refused body is explained in bounded work (GW-6, F-29)."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from zikao.enrollment.v1 import enrollment_service_pb2

from chassis.errors import InvalidRequest
from gateway.api.json_violations import MOST, READINGS, json_refusal
from gateway.contracts.proto_json import MessageType, MessageTypes
from gateway.contracts.rpcs import Contracts

REQUEST = enrollment_service_pb2.SubmitQuestionnaireRequest.DESCRIPTOR
MANY = 10_000


@pytest.fixture(scope="module")
def real() -> MessageTypes:
    return Contracts.load().messages


@contextmanager
def counted_readings(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How many bytes the converter reads, each time."""
    readings = list[int]()
    read = MessageType.wire_of

    def counted(self: MessageType, text: bytes) -> bytes:
        readings.append(len(text))
        return read(self, text)

    with monkeypatch.context() as patched:
        patched.setattr(MessageType, "wire_of", counted)
        yield readings


def named(messages: MessageTypes, value: object) -> list[str]:
    refusal = json_refusal(messages, REQUEST, json.dumps(value).encode(), "")
    assert isinstance(refusal, InvalidRequest)
    return [violation.field for violation in refusal.fields]


@pytest.mark.parametrize("wrong", [(0,), (MANY - 1,), (7, 8, 4_000)])
def test_the_wrong_ones_among_many_are_named(real: MessageTypes, wrong: tuple[int, ...]) -> None:
    answers: list[object] = [{}] * MANY
    for index in wrong:
        answers[index] = 5
    assert named(real, {"answers": answers}) == [f"answers[{index}]" for index in wrong]


def test_what_is_wrong_everywhere_is_named_a_few_times(real: MessageTypes) -> None:
    assert named(real, {"answers": [5] * MANY}) == [f"answers[{index}]" for index in range(MOST)]


@pytest.mark.parametrize(
    "value",
    [
        {"answers": [{}] * MANY + [5]},
        {"answers": [5, {}] * MANY},
        {"answers": [{"nothing": 1}] * MANY},
        {f"field{number}": 1 for number in range(MANY)},
        {"answers": [{"questionId": "q", "choices": ["a"] * 50 + [5]}] * 100},
    ],
)
def test_the_search_reads_a_few_times_what_was_sent(
    real: MessageTypes, monkeypatch: pytest.MonkeyPatch, value: object
) -> None:
    with counted_readings(monkeypatch) as readings:
        assert named(real, value)
    assert sum(readings) <= (READINGS + 1) * len(json.dumps(value))
