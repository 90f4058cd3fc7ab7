"""Messages of any type, drawn from their descriptors: for property tests of the converters."""

from typing import Any, Final

from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from hypothesis import strategies as st

LARGEST_FLOAT: Final = float.fromhex("0x1.fffffep+127")
"""Its shortest decimal digits are beyond it, which one library takes and the other refuses; no contract has a float."""

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
I32 = st.integers(-(2**31), 2**31 - 1)
I64 = st.integers(-(2**63), 2**63 - 1)
U32 = st.integers(0, 2**32 - 1)
U64 = st.integers(0, 2**64 - 1)
SCALARS: dict[int, st.SearchStrategy[Any]] = {
    FieldDescriptor.TYPE_STRING: TEXT,
    FieldDescriptor.TYPE_BYTES: st.binary(max_size=12),
    FieldDescriptor.TYPE_BOOL: st.booleans(),
    FieldDescriptor.TYPE_DOUBLE: st.floats(),
    FieldDescriptor.TYPE_FLOAT: st.floats(width=32).filter(lambda value: abs(value) != LARGEST_FLOAT),
    **dict.fromkeys((FieldDescriptor.TYPE_INT32, FieldDescriptor.TYPE_SINT32, FieldDescriptor.TYPE_SFIXED32), I32),
    **dict.fromkeys((FieldDescriptor.TYPE_INT64, FieldDescriptor.TYPE_SINT64, FieldDescriptor.TYPE_SFIXED64), I64),
    **dict.fromkeys((FieldDescriptor.TYPE_UINT32, FieldDescriptor.TYPE_FIXED32), U32),
    **dict.fromkeys((FieldDescriptor.TYPE_UINT64, FieldDescriptor.TYPE_FIXED64), U64),
}
SECONDS = st.integers(-62_135_596_800, 253_402_300_799)
NANOS = st.integers(0, 999_999_999) | st.integers(0, 999).map(lambda millis: millis * 1_000_000)
FIELD_NAME = st.from_regex(r"[a-z]{1,4}(_[a-z]{1,3}){0,2}", fullmatch=True)


@st.composite
def of_type(draw: st.DrawFn, description: Descriptor, depth: int = 3) -> Message:
    """A message of this type whose JSON form exists: instants within their range, paths that survive camel case."""
    message = message_factory.GetMessageClass(description)()
    special = _SPECIAL.get(description.full_name)
    if special is not None:
        special(draw, message, depth)
        return message
    for field in draw(_chosen(description)):
        _fill(draw, message, field, depth)
    return message


def _chosen(description: Descriptor) -> st.SearchStrategy[list[FieldDescriptor]]:
    fields = list(description.fields)
    return (
        st.lists(st.sampled_from(fields), unique_by=lambda field: field.number, max_size=8) if fields else st.just([])
    )


def _fill(draw: st.DrawFn, message: Message, field: FieldDescriptor, depth: int) -> None:
    if field.message_type is not None and depth == 0:
        return
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        _fill_map(draw, getattr(message, field.name), field.message_type, depth)
    elif field.is_repeated:
        values = [draw(_value(field, depth)) for _ in range(draw(st.integers(0, 3)))]
        getattr(message, field.name).extend(values)
    elif field.message_type is not None:
        getattr(message, field.name).CopyFrom(draw(_value(field, depth)))
    else:
        setattr(message, field.name, draw(_value(field, depth)))


def _fill_map(draw: st.DrawFn, entries: Any, entry: Descriptor, depth: int) -> None:
    key, value = entry.fields_by_name["key"], entry.fields_by_name["value"]
    for chosen in draw(st.lists(_value(key, depth), max_size=2, unique=True)):
        if value.message_type is None:
            entries[chosen] = draw(_value(value, depth))
        else:
            entries[chosen].CopyFrom(draw(_value(value, depth)))


def _value(field: FieldDescriptor, depth: int) -> st.SearchStrategy[Any]:
    if field.message_type is not None:
        return of_type(field.message_type, depth - 1)
    if field.enum_type is not None:
        known = st.sampled_from([value.number for value in field.enum_type.values])
        return known if field.enum_type.full_name == "google.protobuf.NullValue" else known | I32
    return SCALARS[field.type]


def _timestamp(draw: st.DrawFn, message: Any, _: int) -> None:
    message.seconds, message.nanos = draw(SECONDS), draw(NANOS)


def _duration(draw: st.DrawFn, message: Any, _: int) -> None:
    sign = draw(st.sampled_from([1, -1]))
    message.seconds, message.nanos = sign * draw(st.integers(0, 315_576_000_000)), sign * draw(NANOS)


def _mask(draw: st.DrawFn, message: Any, _: int) -> None:
    message.paths.extend(draw(st.lists(FIELD_NAME, max_size=3)))


def _struct(draw: st.DrawFn, message: Any, depth: int) -> None:
    for key in draw(st.lists(TEXT, max_size=2, unique=True)):
        _json_value(draw, message.fields[key], depth)


def _list(draw: st.DrawFn, message: Any, depth: int) -> None:
    for _ in range(draw(st.integers(0, 2))):
        _json_value(draw, message.values.add(), depth)


def _json_value(draw: st.DrawFn, message: Any, depth: int) -> None:
    match draw(st.integers(0, 5 if depth else 3)):
        case 0:
            message.null_value = 0
        case 1:
            message.number_value = draw(st.floats(allow_nan=False, allow_infinity=False))
        case 2:
            message.string_value = draw(TEXT)
        case 3:
            message.bool_value = draw(st.booleans())
        case 4:
            message.struct_value.SetInParent()
            _struct(draw, message.struct_value, depth - 1)
        case _:
            message.list_value.SetInParent()
            _list(draw, message.list_value, depth - 1)


def _any(draw: st.DrawFn, message: Any, depth: int) -> None:
    """Holds a type that the converter knows wherever an `Any` is: a duration."""
    pool = message.DESCRIPTOR.file.pool
    message.Pack(draw(of_type(pool.FindMessageTypeByName("google.protobuf.Duration"), depth)))


_SPECIAL = {
    "google.protobuf.Timestamp": _timestamp,
    "google.protobuf.Duration": _duration,
    "google.protobuf.FieldMask": _mask,
    "google.protobuf.Struct": _struct,
    "google.protobuf.ListValue": _list,
    "google.protobuf.Value": _json_value,
    "google.protobuf.Any": _any,
}
