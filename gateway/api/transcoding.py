"""Requests to the wire and answers to HTTP, compiled once per route.

Path variables and query parameters become small messages of their own, laid after the body's: on the wire,
concatenated messages merge and the last one wins, so a path variable overrides whatever the body says and nothing is
parsed twice.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from chassis.errors import InvalidRequest
from gateway.api.json_violations import json_refusal, read_json
from gateway.api.parameters import Parameter, QueryParameters
from gateway.api.unspecified_enums import require_specified
from gateway.contracts.field_paths import fields_along
from gateway.contracts.path_template import PathVariable
from gateway.contracts.proto_json import MessageTypes, NotSuchMessage
from gateway.contracts.rpcs import HTTP_BODY, WHOLE, Binding, Rpc
from gateway.errors import UnexpectedBody

JSON: Final = b"application/json"


@dataclass(frozen=True, slots=True)
class RequestBody:
    """A request's body: its media type as sent, and its bytes."""

    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class ResponseBody:
    """An answer's body."""

    content_type: bytes
    content: bytes


class Transcoder:
    """One route of an RPC: from an HTTP request to a request on the wire, and from the answer back."""

    def __init__(self, messages: MessageTypes, rpc: Rpc, binding: Binding) -> None:
        request, self._answer_message = rpc.descriptor.input_type, rpc.descriptor.output_type
        self.binding = binding
        self._request = messages.type(request.full_name)
        self._answer = messages.type(self._answer_message.full_name)
        self._variables: tuple[tuple[PathVariable, Parameter], ...] = tuple(
            (variable, Parameter(self._request, fields_along(request, variable.field_path)))
            for variable in binding.template.variables
        )
        self.query = QueryParameters(self._request, request, binding)
        self._read_body = _body_reader(messages, request, binding.body)
        self.takes_file = _takes_file(request, binding.body)
        self.json_of, self._file_of = self._writers(messages, binding.response_body)
        self.gives_file = self._file_of is not None

    def request(self, segments: list[str], query: bytes, body: RequestBody) -> bytes:
        """The request on the wire. Raises InvalidRequest, MalformedJson or UnexpectedBody."""
        wire = self._read_body(body) if body.content else b""
        if query:
            wire += self.query.wire_of(query)
        for variable, parameter in self._variables:
            try:
                wire += parameter.wire_of(variable.value(segments))
            except (NotSuchMessage, UnicodeDecodeError):
                raise InvalidRequest(fields=[parameter.violation()]) from None
        return wire

    def answer(self, wire: bytes) -> ResponseBody:
        """The body of the answer. Raises NotSuchMessage when the service sent something else than its contract says."""
        return self._file_of(wire) if self._file_of else ResponseBody(JSON, self.json_of(wire))

    def _writers(
        self, messages: MessageTypes, field: str
    ) -> tuple[Callable[[bytes], bytes], Callable[[bytes], ResponseBody] | None]:
        if self._answer_message.full_name == HTTP_BODY:
            return self._answer.json_of, lambda wire: _file(self._answer.read(wire))
        if not field:
            return self._answer.json_of, None
        inner = self._answer_message.fields_by_name[field].message_type
        local = self._answer.fields[field].name
        if inner is not None and inner.full_name == HTTP_BODY:
            return self._answer.json_of, lambda wire: _file(getattr(self._answer.read(wire), local))
        return lambda wire: self._answer.json_of_field(field, wire), None


def _file(http_body: object) -> ResponseBody:
    content_type = str(getattr(http_body, "content_type", "")) or "application/octet-stream"
    return ResponseBody(content_type.encode("latin-1", "replace"), bytes(getattr(http_body, "data", b"")))


def _takes_file(request: Descriptor, body: str) -> bool:
    part = request if body == WHOLE else request.fields_by_name[body].message_type if body else None
    return part is not None and part.full_name == HTTP_BODY


def _body_reader(messages: MessageTypes, request: Descriptor, body: str) -> Callable[[RequestBody], bytes]:
    whole = messages.type(request.full_name)
    if body == "":
        return _refuse_body
    if _takes_file(request, body):
        file = messages.type(HTTP_BODY)
        if body == WHOLE:
            return lambda sent: file.write(content_type=sent.content_type, data=sent.content)
        return lambda sent: whole.wire_around(body, file.write(content_type=sent.content_type, data=sent.content))
    if body == WHOLE:
        return _json_reader(messages, request, "")
    field = request.fields_by_name[body]
    inner = field.message_type
    if inner is None or field.is_repeated:
        return _value_reader(messages, request, field)
    read = _json_reader(messages, inner, f"{body}.")
    return lambda sent: whole.wire_around(body, read(sent))


def _refuse_body(_: RequestBody) -> bytes:
    raise UnexpectedBody()


def _json_reader(messages: MessageTypes, message: Descriptor, prefix: str) -> Callable[[RequestBody], bytes]:
    converter = messages.type(message.full_name)

    def read(sent: RequestBody) -> bytes:
        try:
            wire = converter.wire_of(sent.content)
        except NotSuchMessage:
            raise json_refusal(messages, message, sent.content, prefix) from None
        require_specified(message, sent.content, prefix)
        return wire

    return read


def _value_reader(
    messages: MessageTypes, request: Descriptor, field: FieldDescriptor
) -> Callable[[RequestBody], bytes]:
    """The body is one plain value or a list: it is read, and wrapped as the request's field, whole."""
    converter = messages.type(request.full_name)

    def read(sent: RequestBody) -> bytes:
        try:
            wrapped = json.dumps({field.json_name: read_json(sent.content)}).encode()
        except (ValueError, RecursionError):
            raise json_refusal(messages, request, sent.content, "") from None
        try:
            wire = converter.wire_of(wrapped)
        except NotSuchMessage:
            raise json_refusal(messages, request, wrapped, "") from None
        require_specified(request, wrapped, "")
        return wire

    return read
