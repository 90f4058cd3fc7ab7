"""Finds which fields of a JSON body are wrong (GW-3), once the converter has refused the whole.

The converter itself is asked about each part, so that there is no second opinion on what is valid. Only refused
bodies pay for it, and not more than a few times what an accepted one costs (GW-6): lists are halved to find their wrong
elements, and when the search has read its share, what it has not found stays unnamed.
"""

import json
import math
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from chassis.errors import FieldViolation, InvalidRequest
from gateway.contracts.proto_json import MessageTypes, NotSuchMessage
from gateway.errors import MalformedJson

MOST: Final = 20
"""So many wrong fields are named at most."""

READINGS: Final = 3
"""So often the search may read as much as the body has: for each field, and for the wrong elements of lists."""

MOST_DIGITS: Final = 400
"""Of a whole number: no field holds one of more, and reading it costs the square of its length."""

LONGEST_NAME: Final = 200
"""Characters of a field that there is not, as it is repeated."""

OWN_JSON: Final = "google.protobuf."
"""Messages of this package have a JSON form of their own, which is right or wrong as a whole."""


def json_refusal(
    messages: MessageTypes, message: Descriptor, text: bytes, prefix: str
) -> InvalidRequest | MalformedJson:
    """Why `text` is no `message`; `prefix` is where in the request the message stands, as `details.`, or empty."""
    try:
        value = read_json(text)
    except json.JSONDecodeError as error:
        return MalformedJson(line=str(error.lineno), column=str(error.colno))
    except (UnicodeDecodeError, RecursionError, ValueError):
        return MalformedJson(line="1", column="1")
    try:
        found = list(islice(_Search(messages, READINGS * len(text)).in_message(message, value, prefix), MOST))
    except RecursionError:
        return MalformedJson(line="1", column="1")
    return InvalidRequest(fields=found or [invalid_value(prefix.removesuffix("."), message.name)])


def read_json(text: bytes) -> Any:
    """The value of a JSON text; a number that is too long for any field is infinite. Raises ValueError and
    RecursionError.
    """
    return json.loads(text, parse_int=lambda digits: int(digits) if len(digits) <= MOST_DIGITS else math.inf)


class _Search:
    """One search for what is wrong, which may read so many bytes."""

    def __init__(self, messages: MessageTypes, most_bytes: int) -> None:
        self._messages = messages
        self._bytes_left = most_bytes

    def in_message(self, message: Descriptor, value: Any, prefix: str) -> Iterator[FieldViolation]:
        """What is wrong with `value` as a `message`."""
        if not isinstance(value, dict):
            yield invalid_value(prefix.removesuffix("."), "object")
            return
        fields = {name: field for field in message.fields for name in (field.name, field.json_name)}
        for name, part in value.items():
            field = fields.get(name)
            if field is None:
                yield unknown_field(prefix + name)
            elif not self._is_right(message, {name: part}):
                yield from self._in_field(message, field, part, prefix + field.name)

    def _in_field(self, message: Descriptor, field: FieldDescriptor, part: Any, path: str) -> Iterator[FieldViolation]:
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            yield invalid_value(path, "object")
        elif field.is_repeated and isinstance(part, list):
            for index in self._wrong_elements(message, field, part, 0):
                yield from self._in_value(field, part[index], f"{path}[{index}]")
        elif field.is_repeated:
            yield invalid_value(path, "array")
        else:
            yield from self._in_value(field, part, path)

    def _wrong_elements(
        self, message: Descriptor, field: FieldDescriptor, elements: Sequence[Any], first: int
    ) -> Iterator[int]:
        """The positions of the wrong elements, of which there is one at least; `first` is that of the first of all."""
        if len(elements) == 1:
            yield first
        if len(elements) == 1 or self._bytes_left <= 0:
            return
        middle = len(elements) // 2
        one, other = elements[:middle], elements[middle:]
        is_right = self._is_right(message, {field.json_name: one})
        if not is_right:
            yield from self._wrong_elements(message, field, one, first)
        if is_right or not self._is_right(message, {field.json_name: other}):
            yield from self._wrong_elements(message, field, other, first + middle)

    def _in_value(self, field: FieldDescriptor, value: Any, path: str) -> Iterator[FieldViolation]:
        inner = field.message_type
        if inner is not None and not inner.full_name.startswith(OWN_JSON) and self._bytes_left > 0:
            yield from self.in_message(inner, value, f"{path}.")
        else:
            yield invalid_value(path, kind_of(field))

    def _is_right(self, message: Descriptor, value: Any) -> bool:
        text = json.dumps(value, separators=(",", ":")).encode()
        self._bytes_left -= len(text)
        try:
            self._messages.type(message.full_name).wire_of(text)
        except NotSuchMessage:
            return False
        return True


_KINDS: Final = {
    FieldDescriptor.TYPE_STRING: "string",
    FieldDescriptor.TYPE_BYTES: "base64",
    FieldDescriptor.TYPE_BOOL: "true/false",
    FieldDescriptor.TYPE_DOUBLE: "number",
    FieldDescriptor.TYPE_FLOAT: "number",
}


def kind_of(field: FieldDescriptor) -> str:
    """What a value of `field` is, in a word for people."""
    if field.message_type is not None:
        return str(field.message_type.name)
    if field.enum_type is not None:
        return str(field.enum_type.name)
    return _KINDS.get(field.type, "integer")


def unknown_field(path: str) -> FieldViolation:
    """The request has no such field."""
    return FieldViolation(path[:LONGEST_NAME], "UNKNOWN_FIELD", "没有这个字段。", "There is no such field.")


def invalid_value(path: str, kind: str) -> FieldViolation:
    """The value is not of the field's type."""
    return FieldViolation(
        path, "INVALID_VALUE", f"值的类型或范围不对，应为 {kind}。", f"Not a valid value; expected: {kind}."
    )
