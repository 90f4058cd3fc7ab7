"""docs/rules.md defines every number that the repository cites, and says which tests show each."""

import re
from itertools import groupby

import pytest

from tools.rule_traceability import DOCUMENT, THEMES, Rule, citations, cited, defined, document, shown

WITH_MONEY = tuple(f"F-{number}" for number in (*range(1, 11), 12, 13, 15, 17, 18))
"""The failures that others met with money."""

WRITTEN = (
    ("EN-9, PA-7", {"EN-9", "PA-7"}),
    ("(RE-2 to RE-4)", {"RE-2", "RE-3", "RE-4"}),
    ("EN-2 … EN-3", {"EN-2", "EN-3"}),
    ("invariants 2 and 3", {"Invariant 2", "Invariant 3"}),
    ("Invariants 4 to 6, F-13", {"Invariant 4", "Invariant 5", "Invariant 6", "F-13"}),
    ("UTF-8, GB-18030, UUID-1", set()),
)
"""Numbers as people write them, and which these are."""

RULES = defined(DOCUMENT.read_text())
CHINESE = re.compile(r"[一-鿿]")


def test_the_document_is_what_the_tests_say() -> None:
    assert DOCUMENT.read_text() == document(), "run `make rules`"


def test_numbers_are_consecutive() -> None:
    for _, group in groupby((re.split(r"[- ]", rule.number) for rule in RULES), key=lambda parts: parts[0]):
        numbers = [int(number) for _, number in group]
        assert numbers == list(range(1, len(numbers) + 1))


def test_every_rule_is_said_in_both_languages() -> None:
    assert [rule.number for rule in RULES if not _in_both_languages(rule)] == []


def _in_both_languages(rule: Rule) -> bool:
    _, english, chinese, *_ = rule.text.split("\n\n")
    return bool(CHINESE.search(chinese)) and not CHINESE.search(english)


def test_every_number_cited_is_defined() -> None:
    numbers = {rule.number for rule in RULES}
    assert {file: sorted(cites - numbers) for file, cites in citations().items() if cites - numbers} == {}


def test_every_rule_has_tests_or_says_that_it_is_not_served_yet() -> None:
    tested = shown().keys()
    assert [rule.number for rule in RULES if rule.number not in tested and not rule.status] == []
    assert [rule.number for rule in RULES if rule.number in tested and rule.status == "Not yet"] == []
    assert {theme for rule in RULES for theme in rule.themes} <= set(THEMES)


@pytest.mark.parametrize("number", WITH_MONEY)
def test_a_failure_with_money_is_met_on_real_processes(number: str) -> None:
    assert any(test.file.startswith("tests/e2e/") for test in shown()[number])


@pytest.mark.parametrize(("text", "numbers"), WRITTEN)
def test_numbers_are_found_as_people_write_them(text: str, numbers: set[str]) -> None:
    assert cited(text) == numbers
