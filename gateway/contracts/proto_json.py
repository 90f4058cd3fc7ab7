"""Messages between JSON and the wire, without a Python object per field. The one module that knows the converter,
`protobuf-py`.

The mapping is ProtoJSON. Fields without presence are always written, zero or not, so that clients see every number,
flag, list and state and need not know defaults; fields with presence (messages, `optional`, members of a oneof) are
written when they are set. Parsers accept lowerCamelCase and proto names, and refuse unknown fields. The tests hold
all of it against `google.protobuf.json_format`, with two differences, both harmless: of a key given twice, and of two
members of one oneof, the last one counts, where `json_format` refuses.
"""

import json
import re
from typing import Any, Final

from protobuf import DescMessage, Message, Registry, message_to_json_value
from protobuf.wkt import FileDescriptorSet

Json = Any

NOT_CONVERTIBLE: Final = (ValueError, TypeError, OverflowError, RecursionError)
"""What the converter raises for input that is not such a message."""

DEEPEST: Final = 30
"""How deep JSON may nest. Protobuf follows messages to a depth of 100, and a `Struct` takes three of them for each of
JSON.
"""

_STRING_OR_BRACKET: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?|[][{}]', re.DOTALL)


class NotSuchMessage(ValueError):
    """The input is no message of the type. The text may repeat what was sent: it is never logged nor answered."""


class MessageType:
    """One message type."""

    def __init__(self, description: DescMessage, registry: Registry) -> None:
        self.name = description.type_name
        self.fields = {field.name: field for field in description.fields}
        self._type: type[Message] = description.type
        self._registry = registry

    def wire_of(self, text: bytes) -> bytes:
        """The message that JSON text states, on the wire. Raises NotSuchMessage."""
        if _too_deep(text):
            raise NotSuchMessage("nested too deeply")
        try:
            return self._type.from_json(text, registry=self._registry).to_binary()
        except NOT_CONVERTIBLE as error:
            raise NotSuchMessage(str(error)) from None

    def wire_around(self, field: str, part: bytes) -> bytes:
        """The message whose message field `field` is `part`, from wire to wire."""
        around = self._type()
        description = self.fields[field]
        inner: Any = description.value
        around[description] = inner.message.type.from_binary(part)
        return around.to_binary()

    def json_of(self, wire: bytes) -> bytes:
        """The JSON text of a message on the wire. Raises NotSuchMessage."""
        try:
            return self._type.from_binary(wire).to_json(always_emit_implicit=True, registry=self._registry).encode()
        except NOT_CONVERTIBLE as error:
            raise NotSuchMessage(str(error)) from None

    def json_of_field(self, field: str, wire: bytes) -> bytes:
        """The JSON text of one field of a message on the wire: `null` when it is absent. Raises NotSuchMessage."""
        try:
            whole = message_to_json_value(
                self._type.from_binary(wire), always_emit_implicit=True, registry=self._registry
            )
        except NOT_CONVERTIBLE as error:
            raise NotSuchMessage(str(error)) from None
        assert isinstance(whole, dict)
        return json.dumps(whole.get(self.fields[field].json_name), ensure_ascii=False, separators=(",", ":")).encode()

    def read(self, wire: bytes) -> Any:
        """The message as an object, for the few fields the gateway itself looks at. Raises NotSuchMessage."""
        try:
            return self._type.from_binary(wire)
        except NOT_CONVERTIBLE as error:
            raise NotSuchMessage(str(error)) from None

    def write(self, **fields: Any) -> bytes:
        """A message with these fields, on the wire."""
        return self._type(**fields).to_binary()


class MessageTypes:
    """The message types of a descriptor image; each is compiled when first asked for."""

    def __init__(self, image: bytes) -> None:
        self._registry = FileDescriptorSet.from_binary(image).to_registry()
        self._types: dict[str, MessageType] = {}

    def type(self, name: str) -> MessageType:
        """The type with this full name. Raises KeyError."""
        if name not in self._types:
            description = self._registry.message(name)
            if description is None:
                raise KeyError(name)
            self._types[name] = MessageType(description, self._registry)
        return self._types[name]


def _too_deep(text: bytes) -> bool:
    """Whether JSON nests deeper than DEEPEST. The native parser overflows its stack, and ends the process, on a few
    thousand brackets.
    """
    if text.count(b"[") + text.count(b"{") <= DEEPEST:
        return False
    depth = 0
    for found in _STRING_OR_BRACKET.finditer(text):
        opened = found[0][0]
        if opened in b"[{":
            depth += 1
            if depth > DEEPEST:
                return True
        elif opened in b"]}":
            depth -= 1
    return False
