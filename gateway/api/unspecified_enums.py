"""The zero value of an enum in requests: who does not choose says nothing. Its name is refused, wherever it stands.

Answers write it, since they write every field. In a request it would say the same as an absent field, under a name that
the OpenAPI document does not offer.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from chassis.errors import FieldViolation, InvalidRequest
from gateway.api.json_violations import MOST, OWN_JSON, invalid_value, kind_of, read_json

NAMES_END: Final = b"_UNSPECIFIED"
"""The linter of the contracts sees to it."""


def require_specified(message: Descriptor, text: bytes, prefix: str) -> None:
    """Raises InvalidRequest where the JSON of a `message` names the zero value of an enum; `prefix` is where in the
    request the message stands, as `details.`, or empty. Other JSON is not looked at again.
    """
    if NAMES_END not in text:
        return
    if wrong := list(islice(_in_message(message, read_json(text), prefix), MOST)):
        raise InvalidRequest(fields=wrong)


def is_unspecified(field: FieldDescriptor, value: object) -> bool:
    """Whether a value is the name of the zero value of the field's enum."""
    if field.enum_type is None:
        return False
    name: str = field.enum_type.values_by_number[0].name
    return value == name and name.encode().endswith(NAMES_END)


def _in_message(message: Descriptor, value: Any, prefix: str) -> Iterator[FieldViolation]:
    if not isinstance(value, dict) or message.full_name.startswith(OWN_JSON):
        return
    fields = {name: field for field in message.fields for name in (field.name, field.json_name)}
    for name, part in value.items():
        if field := fields.get(name):
            for path, held, one in _values(field, part, prefix + field.name):
                if is_unspecified(held, one):
                    yield invalid_value(path, kind_of(held))
                elif held.message_type is not None:
                    yield from _in_message(held.message_type, one, f"{path}.")


def _values(field: FieldDescriptor, part: Any, path: str) -> Iterator[tuple[str, FieldDescriptor, Any]]:
    """The values that a field holds, each with its path; those of a map are another field's."""
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        held = field.message_type.fields_by_name["value"]
        yield from ((path, held, one) for one in (part or {}).values())
    elif field.is_repeated:
        yield from ((f"{path}[{index}]", field, one) for index, one in enumerate(part or ()))
    else:
        yield path, field, part
