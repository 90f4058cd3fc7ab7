"""What a contract says of a field that breaks its rules is read by people, in their own language (GW-3)."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from buf.validate import validate_pb2
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

from chassis.rpc.server.interceptors.validation import NO_FORMAT, STANDARD_RULES, TEXTS, unfitting
from gateway.contracts.rpcs import Contracts

CHINESE = re.compile(r"[一-鿿]")
WITHOUT_A_TEXT = {"cel", "cel_expression", "ignore", "items", "keys", "values"}
"""Parts of a field's rules that break no rule themselves."""


def messages(descriptor: Descriptor, found: dict[str, Descriptor]) -> None:
    """The message, and whatever it is made of, by name."""
    if descriptor.full_name.startswith("zikao.") and descriptor.full_name not in found:
        found[descriptor.full_name] = descriptor
        for field in descriptor.fields:
            if field.message_type is not None:
                messages(field.message_type, found)


def rules_of(message: Descriptor) -> Iterator[Message]:
    """The rules of a message, of its fields, and of what is in its lists and maps."""
    yield message.GetOptions().Extensions[validate_pb2.message]
    for field in message.fields:
        yield from with_inner(field.GetOptions().Extensions[validate_pb2.field])


def with_inner(rules: validate_pb2.FieldRules) -> Iterator[Message]:
    yield rules
    for inner in (rules.repeated.items, rules.map.keys, rules.map.values):
        if inner.ByteSize():
            yield from with_inner(inner)


def all_rules() -> list[Message]:
    found: dict[str, Descriptor] = {}
    for service in Contracts.load().services:
        for method in service.methods:
            messages(method.input_type, found)
    return [rules for message in found.values() for rules in rules_of(message)]


RULES = all_rules()
OWN = {rule.id: rule for rules in RULES for rule in rules.cel}


def standard_rules() -> set[str]:
    """The last parts of the ids of the standard rules in use, as `min_len`."""
    kinds = [getattr(rules, field.name) for rules in RULES for field, _ in rules.ListFields() if field.message_type]
    parts = {field.name for kind in kinds if isinstance(kind, Message) for field, _ in kind.ListFields()}
    return (
        (parts | {field.name for rules in RULES for field, _ in rules.ListFields()}) - WITHOUT_A_TEXT - STANDARD_RULES
    )


@pytest.mark.parametrize("rule_id", OWN)
def test_a_rule_of_our_own_has_a_text_in_each_language(rule_id: str) -> None:
    chinese, parted, english = OWN[rule_id].message.partition(" / ")
    assert parted, 'write the message as "中文。 / English."'
    assert CHINESE.search(chinese)
    assert english
    assert not CHINESE.search(english)


@pytest.mark.parametrize("rule_id", OWN)
def test_the_id_of_a_rule_of_our_own_is_not_taken_for_a_standard_one(rule_id: str) -> None:
    assert rule_id.partition(".")[0] not in STANDARD_RULES


def test_no_rule_is_an_expression_without_a_text() -> None:
    assert [expression for rules in RULES for expression in rules.cel_expression] == []
    assert [rule for rules in RULES if isinstance(rules, validate_pb2.MessageRules) for rule in rules.oneof] == []


def test_every_standard_rule_in_use_has_its_texts() -> None:
    assert {"min_len", "uuid"} <= standard_rules()
    assert standard_rules() - {"pattern"} - set(TEXTS) == set()


def patterns() -> set[str]:
    """Every pattern that a text has to fit."""
    found: dict[str, Descriptor] = {}
    for rpc in Contracts.load().rpcs:
        messages(rpc.descriptor.input_type, found)
    rules: list[Any] = [one for message in found.values() for one in rules_of(message)]
    return {one.string.pattern for one in rules if getattr(one, "string", None) and one.string.pattern}


@pytest.mark.parametrize("pattern", sorted(patterns()))
def test_a_text_that_does_not_fit_is_told_what_would(pattern: str) -> None:
    reason, chinese, english = unfitting(pattern)
    assert reason in ("INVALID_FORMAT", "INVALID_ID")
    assert chinese != NO_FORMAT[1], "add the pattern to PATTERNS"
    assert CHINESE.search(chinese)
    assert not CHINESE.search(english)


@pytest.mark.parametrize("rule", TEXTS)
def test_a_standard_rule_has_a_text_in_each_language(rule: str) -> None:
    _, chinese, english = TEXTS[rule]
    assert CHINESE.search(chinese)
    assert not CHINESE.search(english)
