"""What the contracts say in their comments, by full name: the words of the OpenAPI document and of the API page."""

from collections.abc import Iterator, Sequence
from typing import Final

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
    ServiceDescriptorProto,
)

_MESSAGES: Final = FileDescriptorProto.MESSAGE_TYPE_FIELD_NUMBER
_ENUMS: Final = FileDescriptorProto.ENUM_TYPE_FIELD_NUMBER
_SERVICES: Final = FileDescriptorProto.SERVICE_FIELD_NUMBER
_FIELDS: Final = DescriptorProto.FIELD_FIELD_NUMBER
_NESTED: Final = DescriptorProto.NESTED_TYPE_FIELD_NUMBER
_NESTED_ENUMS: Final = DescriptorProto.ENUM_TYPE_FIELD_NUMBER
_VALUES: Final = EnumDescriptorProto.VALUE_FIELD_NUMBER
_METHODS: Final = ServiceDescriptorProto.METHOD_FIELD_NUMBER

Path = tuple[int, ...]
Named = Iterator[tuple[Path, str]]


def comments_of(files: FileDescriptorSet) -> dict[str, str]:
    """The comment above every service, RPC, message, field, enum and value that has one."""
    found: dict[str, str] = {}
    for file in files.file:
        said = {tuple(place.path): place.leading_comments for place in file.source_code_info.location}
        for path, name in _names(file):
            if text := said.get(path, "").strip():
                found[name] = "\n".join(line.strip() for line in text.splitlines())
    return found


def first_sentence(comment: str) -> str:
    """What a reader sees in a list."""
    paragraph = " ".join(comment.split("\n\n")[0].split())
    return paragraph.split(". ")[0].rstrip(".")


def _names(file: FileDescriptorProto) -> Named:
    for index, service in enumerate(file.service):
        name = f"{file.package}.{service.name}"
        yield (_SERVICES, index), name
        for position, method in enumerate(service.method):
            yield (_SERVICES, index, _METHODS, position), f"{name}.{method.name}"
    yield from _types((), file.package, file.message_type, file.enum_type, _MESSAGES, _ENUMS)


def _types(
    above: Path,
    scope: str,
    messages: Sequence[DescriptorProto],
    enums: Sequence[EnumDescriptorProto],
    message_number: int,
    enum_number: int,
) -> Named:
    for index, message in enumerate(messages):
        path, name = (*above, message_number, index), f"{scope}.{message.name}"
        yield path, name
        for position, field in enumerate(message.field):
            yield (*path, _FIELDS, position), f"{name}.{field.name}"
        yield from _types(path, name, message.nested_type, message.enum_type, _NESTED, _NESTED_ENUMS)
    for index, enum in enumerate(enums):
        path = (*above, enum_number, index)
        yield path, f"{scope}.{enum.name}"
        for position, value in enumerate(enum.value):
            yield (*path, _VALUES, position), f"{scope}.{enum.name}.{value.name}"
