"""Request fields that text fills: variables of the path, parameters of the query.

Each becomes a small request of its own, on the wire. Laid after the body's they merge with it, and the last one wins.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final
from urllib.parse import parse_qsl

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from chassis.errors import FieldViolation, InvalidRequest
from gateway.api.json_violations import invalid_value, kind_of, unknown_field
from gateway.api.unspecified_enums import is_unspecified
from gateway.contracts.field_paths import fields_along
from gateway.contracts.proto_json import MessageType, NotSuchMessage
from gateway.contracts.rpcs import WHOLE, Binding

MOST_PARAMETERS: Final = 200

_SIZES: Final = ("Int32", "Int64", "UInt32", "UInt64", "Float", "Double", "String", "Bytes", "Bool")
_ONE_VALUE: Final = frozenset(
    f"google.protobuf.{name}" for name in ("Timestamp", "Duration", "FieldMask", *(f"{size}Value" for size in _SIZES))
)
"""Messages that are one value in JSON, and so can be one parameter."""

_INTEGER: Final = re.compile(r"-?[0-9]+")


class Parameter:
    """One request field that a piece of text fills: from the path or from the query."""

    def __init__(self, request: MessageType, fields: Sequence[FieldDescriptor]) -> None:
        """`fields`: from the request's own to the one to fill."""
        field = fields[-1]
        self.path = ".".join(one.name for one in fields)
        self.repeated = bool(field.is_repeated)
        self._request = request
        self._field = field
        self._kind = kind_of(field)
        self._literal = _literal_text(field)
        self._before = "".join(f"{{{json.dumps(one.name)}:" for one in fields) + "[" * self.repeated
        self._after = "]" * self.repeated + "}" * len(fields)

    def wire_of(self, text: str) -> bytes:
        """A request of which only this field is set. Raises NotSuchMessage."""
        if is_unspecified(self._field, text):
            raise NotSuchMessage("no value of an enum that can be asked for")
        literal = text if self._literal(text) else json.dumps(text)
        return self._request.wire_of(f"{self._before}{literal}{self._after}".encode())

    def violation(self) -> FieldViolation:
        """What to say of text that does not fit."""
        return invalid_value(self.path, self._kind)


def _literal_text(field: FieldDescriptor) -> Callable[[str], bool]:
    """Whether a text stands in JSON as it is; everything else stands as a string, which ProtoJSON reads for every
    other type.
    """
    if field.type == FieldDescriptor.TYPE_BOOL or (
        field.message_type is not None and field.message_type.full_name == "google.protobuf.BoolValue"
    ):
        return lambda text: text in ("true", "false")
    if field.enum_type is not None:
        return lambda text: _INTEGER.fullmatch(text) is not None
    return lambda text: False


class QueryParameters:
    """The query parameters of a route: every field that neither the path nor the body fills."""

    def __init__(self, request: MessageType, message: Descriptor, binding: Binding) -> None:
        self._request = request
        self._message = message
        self._closed = binding.body == WHOLE
        self._taken = {variable.field_path for variable in binding.template.variables} | {binding.body}
        self._known: dict[str, Parameter] = {}
        for name, _ in self.leaves():
            if parameter := self._resolve(name):
                self._known[name] = self._known[parameter.path] = parameter

    def leaves(self) -> Iterator[tuple[str, FieldDescriptor]]:
        """The parameters by JSON name, messages inside messages to a depth of four, for the documentation."""
        if not self._closed:
            yield from self._leaves(self._message, "", "", 4)

    def _leaves(
        self, message: Descriptor, json_path: str, path: str, depth: int
    ) -> Iterator[tuple[str, FieldDescriptor]]:
        for field in message.fields:
            if path + field.name in self._taken:
                continue
            inner = field.message_type
            if inner is None or inner.full_name in _ONE_VALUE:
                yield json_path + field.json_name, field
            elif not field.is_repeated and depth and not inner.full_name.startswith("google.protobuf."):
                yield from self._leaves(inner, f"{json_path}{field.json_name}.", f"{path}{field.name}.", depth - 1)

    def wire_of(self, query: bytes) -> bytes:
        """The fields that the query string sets. Raises InvalidRequest naming every wrong parameter."""
        try:
            pairs = parse_qsl(query.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
        except ValueError as error:
            raise InvalidRequest(fields=[invalid_value("", "query")]) from error
        wire, wrong, seen = b"", list[FieldViolation](), set[str]()
        for name, text in pairs:
            parameter = self._parameter(name)
            if parameter is None:
                wrong.append(unknown_field(name))
            elif parameter.path in seen and not parameter.repeated:
                wrong.append(_given_twice(parameter.path))
            else:
                seen.add(parameter.path)
                wire += _wire_or_violation(parameter, text, wrong)
        if wrong:
            raise InvalidRequest(fields=wrong)
        return wire

    def _parameter(self, name: str) -> Parameter | None:
        return self._known.get(name) or self._resolve(name)

    def _resolve(self, name: str) -> Parameter | None:
        fields = [] if self._closed else fields_along(self._message, name)
        if not fields or fields[0].name in self._taken or not _is_one_value(fields[-1]):
            return None
        parameter = Parameter(self._request, fields)
        return None if parameter.path in self._taken else parameter


def _is_one_value(field: FieldDescriptor) -> bool:
    return field.message_type is None or field.message_type.full_name in _ONE_VALUE


def _given_twice(path: str) -> FieldViolation:
    return FieldViolation(path, "GIVEN_TWICE", "此参数只能出现一次。", "This parameter may be given only once.")


def _wire_or_violation(parameter: Parameter, text: str, wrong: list[FieldViolation]) -> bytes:
    try:
        return parameter.wire_of(text)
    except NotSuchMessage:
        wrong.append(parameter.violation())
        return b""
