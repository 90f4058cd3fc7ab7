"""Fields of a message by their dotted paths, in proto or JSON names."""

from google.protobuf.descriptor import Descriptor, FieldDescriptor


def fields_along(message: Descriptor, path: str) -> list[FieldDescriptor]:
    """The fields that a dotted path of proto or JSON names leads through; none when it leads nowhere."""
    found: list[FieldDescriptor] = []
    for name in path.split("."):
        holder = message if not found else None if found[-1].is_repeated else found[-1].message_type
        known = next((one for one in holder.fields if name in (one.name, one.json_name)), None) if holder else None
        if known is None:
            return []
        found.append(known)
    return found


def field_at(message: Descriptor, path: str) -> FieldDescriptor | None:
    """The field of `message` at a dotted path of proto or JSON names, or None."""
    return next(reversed(fields_along(message, path)), None)
