"""A reviewer at a terminal has every word that review knows (RE-1, RE-4)."""

from enum import Enum

import pytest
from zikao.review.v1 import resources_pb2

from cli.reviewer.case_enums import CaseKind, CaseState, DecisionReason, DecisionVerdict

CONTRACTS = {
    CaseKind: resources_pb2.CaseKind,
    CaseState: resources_pb2.Case.State,
    DecisionReason: resources_pb2.Reason,
    DecisionVerdict: resources_pb2.Decision.Verdict,
}


@pytest.mark.parametrize("words", CONTRACTS, ids=lambda words: words.__name__)
def test_the_terminal_knows_every_word_of_the_contract(words: type[Enum]) -> None:
    stated = {name for name, number in CONTRACTS[words].items() if number}
    assert {word.value for word in words} == stated
