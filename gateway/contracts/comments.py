"""What the contracts say in their comments, by full name: the words of the OpenAPI document and of the API page."""

from collections.abc import Sequence
from typing import Any

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet


def comments_of(files: FileDescriptorSet) -> dict[str, str]:
    """The comment above every service, RPC, message, field, enum and value that has one."""
    found: dict[str, str] = {}
    for file in files.file:
        for place in file.source_code_info.location:
            if (text := place.leading_comments.strip()) and (name := _name(file, place.path)):
                found[name] = "\n".join(line.strip() for line in text.splitlines())
    return found


def first_sentence(comment: str) -> str:
    """What a reader sees in a list."""
    paragraph = " ".join(comment.split("\n\n")[0].split())
    return paragraph.split(". ")[0].rstrip(".")


def _name(file: FileDescriptorProto, path: Sequence[int]) -> str:
    """The full name of what a location's path of field numbers and indexes leads to; empty for what has no name."""
    names = [file.package]
    holder: Any = file
    for number, index in zip(path[::2], path[1::2], strict=False):
        held = holder.DESCRIPTOR.fields_by_number[number]
        if held.message_type is None or "name" not in held.message_type.fields_by_name or not held.is_repeated:
            return ""
        holder = getattr(holder, held.name)[index]
        names.append(holder.name)
    return "" if len(path) % 2 else ".".join(names)
