"""Fields of a message by their dotted paths, in proto or JSON names."""

from google.protobuf.descriptor import Descriptor, FieldDescriptor


def field_at(message: Descriptor, path: str) -> FieldDescriptor | None:
    """The field of `message` at a dotted path of proto or JSON names, or None."""
    found: FieldDescriptor | None = None
    holder: Descriptor | None = message
    for name in path.split("."):
        if holder is None or (found is not None and found.is_repeated):
            return None
        found = holder.fields_by_name.get(name) or _by_json_name(holder, name)
        if found is None:
            return None
        holder = found.message_type
    return found


def proto_path(message: Descriptor, path: str) -> str:
    """`path` in proto names, whatever names it was written in; of a path that leads nowhere, as far as it leads."""
    names = path.split(".")
    fields = (field_at(message, ".".join(names[: depth + 1])) for depth in range(len(names)))
    return ".".join(field.name for field in fields if field is not None)


def _by_json_name(message: Descriptor, name: str) -> FieldDescriptor | None:
    return next((field for field in message.fields if field.json_name == name), None)
