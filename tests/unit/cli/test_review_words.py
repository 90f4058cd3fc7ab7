"""A reviewer at a terminal has every word that review knows (RE-1, RE-4)."""

from enum import Enum

import pytest
from zikao.review.v1 import resources_pb2

from cli.review.words import Kind, Reason, State, Verdict

CONTRACTS = {
    Kind: resources_pb2.CaseKind,
    State: resources_pb2.Case.State,
    Reason: resources_pb2.Reason,
    Verdict: resources_pb2.Decision.Verdict,
}


@pytest.mark.parametrize("words", CONTRACTS, ids=lambda words: words.__name__)
def test_the_terminal_knows_every_word_of_the_contract(words: type[Enum]) -> None:
    stated = {name for name, number in CONTRACTS[words].items() if number}
    assert {word.value for word in words} == stated
