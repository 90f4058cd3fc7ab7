"""The smallest request of each type that its contract's own rules accept: what is asked for is filled in, nothing else.

Where a field is called as one of `known` is, it holds that value: somebody's own order, case or registration.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import protovalidate
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

ROUNDS: Final = 12
TEXT_KINDS: Final = (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES)
SAMPLES: Final[Mapping[str, str]] = {
    "string.uuid": "0198c0de-0000-7000-8000-000000000001",
    "string.email": "somebody@zikao.example",
}


def smallest(request: type[Message], known: Mapping[str, str]) -> Message | None:
    """A request that is accepted; None where the rules ask for more than can be found here."""
    sample = request()
    _name(sample, known)
    for _ in range(ROUNDS):
        try:
            protovalidate.validate(sample)
        except protovalidate.ValidationError as error:
            for violation in error.violations:
                _mend(sample, violation, known)
        else:
            return sample
    return None


def _name(message: Message, known: Mapping[str, str]) -> None:
    for field in message.DESCRIPTOR.fields:
        if field.type == FieldDescriptor.TYPE_STRING and not field.is_repeated and field.name in known:
            setattr(message, field.name, known[field.name])


def _mend(sample: Message, violation: Any, known: Mapping[str, str]) -> None:
    """Does what one violation asks for, at the field that it names."""
    named = violation.proto.field.elements[0].field_name
    if choice := sample.DESCRIPTOR.oneofs_by_name.get(named):
        _choose(sample, choice.fields[0])
        return
    holder, field = sample, sample.DESCRIPTOR.fields_by_name[named]
    for element in violation.proto.field.elements[1:]:
        values = getattr(holder, field.name)
        holder = values[0] if field.is_repeated else values
        if field.message_type is None:
            break
        field = field.message_type.fields_by_name[element.field_name]
    if field.is_repeated:
        _mend_repeated(holder, field, violation, known)
    elif field.message_type is not None:
        getattr(holder, field.name).SetInParent()
        _name(getattr(holder, field.name), known)
        if field.message_type.full_name == "google.protobuf.Timestamp":
            getattr(holder, field.name).FromSeconds(1_800_000_000)
    else:
        setattr(holder, field.name, _value(field, violation))


def _choose(sample: Message, field: FieldDescriptor) -> None:
    if field.message_type is not None:
        getattr(sample, field.name).SetInParent()
    else:
        setattr(sample, field.name, "1")


def _mend_repeated(holder: Message, field: FieldDescriptor, violation: Any, known: Mapping[str, str]) -> None:
    values: Any = getattr(holder, field.name)
    if field.message_type is None:
        del values[:]
        values.append(_value(field, violation))
    elif not values:
        _name(values.add(), known)


def _value(field: FieldDescriptor, violation: Any) -> Any:
    rule, told = violation.proto.rule_id, violation.rule_value
    if rule.endswith(".in"):
        return next(iter(told))
    if field.enum_type is not None:
        return next(value.number for value in field.enum_type.values if value.number)
    if field.type == FieldDescriptor.TYPE_BOOL:
        return True
    if field.type not in TEXT_KINDS:
        return int(told) if isinstance(told, int) and told else 1
    text = _text(rule, told)
    return text.encode() if field.type == FieldDescriptor.TYPE_BYTES else text


def _text(rule: str, told: Any) -> str:
    if rule in SAMPLES:
        return SAMPLES[rule]
    if rule == "string.pattern":
        return _matching(str(told))
    if rule in ("string.min_len", "string.len") and isinstance(told, int):
        return "1" * told
    return "1"


def _matching(pattern: str) -> str:
    """The simplest text of a pattern."""
    found: list[str] = []

    @settings(max_examples=1, phases=(Phase.generate,), database=None, derandomize=True, deadline=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(st.from_regex(re.compile(pattern.replace(r"\z", r"\Z")), fullmatch=True))
    def draw(text: str) -> None:
        found.append(text)

    draw()
    return found[0]
