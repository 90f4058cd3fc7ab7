"""JSON Schemas of messages, as ProtoJSON writes them, with the field rules of the contracts."""

from collections.abc import Sequence
from typing import Any, Final

from buf.validate import validate_pb2
from google.api import field_behavior_pb2
from google.protobuf.descriptor import Descriptor, EnumDescriptor, EnumValueDescriptor, FieldDescriptor

from gateway.contracts.rpcs import HTTP_BODY

Schema = dict[str, Any]

_UUID: Final = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_INT64: Final = {"type": "string", "format": "int64", "pattern": "^-?[0-9]{1,18}$"}
_NOT_NEGATIVE: Final = "^[0-9]{1,18}$"
_BASE64: Final = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
_PLAIN: Final[dict[int, Schema]] = {
    FieldDescriptor.TYPE_DOUBLE: {"type": "number", "format": "double"},
    FieldDescriptor.TYPE_FLOAT: {"type": "number", "format": "float"},
    FieldDescriptor.TYPE_INT64: _INT64,
    FieldDescriptor.TYPE_SINT64: _INT64,
    FieldDescriptor.TYPE_SFIXED64: _INT64,
    FieldDescriptor.TYPE_UINT64: _INT64,
    FieldDescriptor.TYPE_FIXED64: _INT64,
    FieldDescriptor.TYPE_INT32: {"type": "integer", "format": "int32"},
    FieldDescriptor.TYPE_SINT32: {"type": "integer", "format": "int32"},
    FieldDescriptor.TYPE_SFIXED32: {"type": "integer", "format": "int32"},
    FieldDescriptor.TYPE_UINT32: {"type": "integer", "minimum": 0},
    FieldDescriptor.TYPE_FIXED32: {"type": "integer", "minimum": 0},
    FieldDescriptor.TYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.TYPE_STRING: {"type": "string"},
    FieldDescriptor.TYPE_BYTES: {"type": "string", "contentEncoding": "base64", "pattern": _BASE64},
}
_WELL_KNOWN: Final[dict[str, Schema]] = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{1,9})?s$"},
    "google.protobuf.FieldMask": {"type": "string", "description": "Field paths, joined by commas."},
    "google.protobuf.Empty": {"type": "object", "additionalProperties": False},
    "google.protobuf.Struct": {"type": "object"},
    "google.protobuf.Value": {},
    "google.protobuf.ListValue": {"type": "array"},
    "google.protobuf.Any": {"type": "object"},
}
INPUT: Final = ".Input"
"""Behind the name of a message, for what of it a request may hold."""
SPECIFIED: Final = ".Specified"
"""Behind the name of an enum, for all its values but the zero one."""
_WRAPPER: Final = "google.protobuf."


class Schemas:
    """The schemas of answers that a document refers to, gathered while it is written."""

    def __init__(self, comments: dict[str, str]) -> None:
        self._comments = comments
        self.components: dict[str, Schema] = {}

    def _fields(self, message: Descriptor) -> list[FieldDescriptor]:
        return list(message.fields)

    def _name(self, message: Descriptor) -> str:
        return str(message.full_name)

    def _choices(self, enum: EnumDescriptor, rules: Any) -> list[EnumValueDescriptor]:
        return [value for value in enum.values if value.number not in rules.not_in]

    def of_message(self, message: Descriptor) -> Schema:
        """A reference to the schema of `message`, which is among `components` from now on."""
        known = _WELL_KNOWN.get(message.full_name)
        if known is not None:
            return dict(known)
        if message.full_name.startswith(_WRAPPER) and "value" in message.fields_by_name:
            return dict(_PLAIN[message.fields_by_name["value"].type])
        if message.full_name == HTTP_BODY:
            return {"type": "string", "format": "binary"}
        name = self._name(message)
        if name not in self.components:
            self.components[name] = {}  # A message may hold itself.
            self.components[name] = self._described(message.full_name, self._object(message))
        return {"$ref": f"#/components/schemas/{name}"}

    def of_field(self, field: FieldDescriptor) -> Schema:
        """The schema of a field, with its rules and its comment."""
        rules = _rules(field)
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            value = self._value(field.message_type.fields_by_name["value"], rules.map.values)
            return self._described(field.full_name, {"type": "object", "additionalProperties": value})
        if not field.is_repeated:
            return self._described(field.full_name, self._value(field, rules))
        listed: Schema = {"type": "array", "items": self._value(field, rules.repeated.items)}
        if rules.repeated.HasField("min_items"):
            listed["minItems"] = rules.repeated.min_items
        if rules.repeated.HasField("max_items"):
            listed["maxItems"] = rules.repeated.max_items
        if rules.repeated.unique:
            listed["uniqueItems"] = True
        return self._described(field.full_name, listed)

    def _object(self, message: Descriptor) -> Schema:
        fields = self._fields(message)
        properties = {field.json_name: self.of_field(field) for field in fields}
        schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
        if required := [field.json_name for field in fields if is_required(field)]:
            schema["required"] = required
        return schema

    def _value(self, field: FieldDescriptor, rules: Any) -> Schema:
        if field.message_type is not None:
            return self.of_message(field.message_type)
        if field.enum_type is not None:
            return self._enum(field.enum_type, self._choices(field.enum_type, rules.enum))
        return {**_PLAIN[field.type], **_limits(field, rules)}

    def _enum(self, enum: EnumDescriptor, choices: Sequence[EnumValueDescriptor]) -> Schema:
        if {value.number for value in choices} == {value.number for value in enum.values} - {0}:
            component = f"{enum.full_name}{SPECIFIED}"
        elif len(choices) == len(enum.values):
            component = enum.full_name
        else:
            return {"type": "string", "enum": [value.name for value in choices]}
        if component not in self.components:
            self.components[component] = self._enum_schema(enum, [value.name for value in choices])
        return {"$ref": f"#/components/schemas/{component}"}

    def _enum_schema(self, enum: EnumDescriptor, names: Sequence[str]) -> Schema:
        lines = [f"* `{name}`: {text}" for name in names if (text := self._comments.get(f"{enum.full_name}.{name}"))]
        schema = self._described(enum.full_name, {"type": "string", "enum": list(names)})
        if lines:
            schema["description"] = "\n".join([schema.get("description", ""), "", *lines]).strip()
        return schema

    def _described(self, name: str, schema: Schema) -> Schema:
        comment = self._comments.get(name)
        return {**schema, "description": comment} if comment else schema


class RequestSchemas(Schemas):
    """Those of requests, among the same components: without what only answers carry, and without the zero values of
    enums, which say nothing. A message that answers hold too, in another form, has a component of its own.
    """

    def __init__(self, answers: Schemas, comments: dict[str, str]) -> None:
        """`answers`: complete."""
        super().__init__(comments)
        self._answered = frozenset(answers.components)
        self.components = answers.components

    def _fields(self, message: Descriptor) -> list[FieldDescriptor]:
        return [field for field in message.fields if not is_output_only(field)]

    def _name(self, message: Descriptor) -> str:
        differs = message.full_name in self._answered and _differs(message, set())
        return f"{message.full_name}{INPUT}" if differs else str(message.full_name)

    def _choices(self, enum: EnumDescriptor, rules: Any) -> list[EnumValueDescriptor]:
        allowed = getattr(rules, "in")
        named = [value for value in super()._choices(enum, rules) if value.number]
        return [value for value in named if value.number in allowed] if allowed else named


def _differs(message: Descriptor, seen: set[str]) -> bool:
    """Whether requests hold the message in another form than answers."""
    if message.full_name in seen:
        return False
    seen.add(message.full_name)
    return any(
        is_output_only(field)
        or field.enum_type is not None
        or (field.message_type is not None and _differs(field.message_type, seen))
        for field in message.fields
    )


def is_required(field: FieldDescriptor) -> bool:
    """Whether a request without the field is refused."""
    options: Any = field.GetOptions()
    behaves = options.Extensions[field_behavior_pb2.field_behavior]
    return field_behavior_pb2.REQUIRED in behaves or bool(_rules(field).required)


def is_output_only(field: FieldDescriptor) -> bool:
    """Whether only answers carry the field."""
    options: Any = field.GetOptions()
    return field_behavior_pb2.OUTPUT_ONLY in options.Extensions[field_behavior_pb2.field_behavior]


def _rules(field: FieldDescriptor) -> Any:
    options: Any = field.GetOptions()
    return options.Extensions[validate_pb2.field]


def _limits(field: FieldDescriptor, rules: Any) -> Schema:
    """What a plain value's rules say in JSON Schema's words; rules that have none are left to the comment."""
    if field.type == FieldDescriptor.TYPE_STRING:
        said = {"min_len": "minLength", "max_len": "maxLength", "pattern": "pattern"}
        limits = {name: getattr(rules.string, rule) for rule, name in said.items() if rules.string.HasField(rule)}
        # An id that need not be there may be said to be empty.
        optional = "" if rules.ignore == validate_pb2.IGNORE_UNSPECIFIED else "?"
        return {**limits, "pattern": f"^({_UUID}){optional}$"} if rules.string.uuid else limits
    if field.type == FieldDescriptor.TYPE_BYTES:
        said = {"min_len": "minLength", "max_len": "maxLength"}
        lengths = {name: getattr(rules.bytes, rule) for rule, name in said.items() if rules.bytes.HasField(rule)}
        return {name: 4 * -(-length // 3) for name, length in lengths.items()}
    if _PLAIN[field.type] is _INT64 and rules.int64.HasField("gte") and rules.int64.gte == 0:
        return {"pattern": _NOT_NEGATIVE}
    if _PLAIN[field.type].get("type") != "integer":
        return {}
    numbers = getattr(rules, rules.WhichOneof("type")) if rules.WhichOneof("type") else None
    said = {"gte": "minimum", "gt": "exclusiveMinimum", "lte": "maximum", "lt": "exclusiveMaximum"}
    return {name: getattr(numbers, rule) for rule, name in said.items() if numbers and numbers.HasField(rule)}
