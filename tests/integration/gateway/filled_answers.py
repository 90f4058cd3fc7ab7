"""What services say that answer everything with something: messages in which every field says something."""

import io
from typing import Any, Final

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from PIL import Image

from gateway.contracts.rpcs import Contracts
from tests.integration.gateway.answering_services import Answer
from tests.integration.gateway.logged_in_browser import ME

AN_ID: Final = "019a0000-0000-7000-8000-0000000000c1"
AT: Final = 1_790_000_000
DEEPEST: Final = 6

# What texts say where it matters what they say, by the end of the field's name; `文字` elsewhere.
TEXTS: Final = {
    "page_token": "",
    "date": "2026-10-24",
    "session_id": "2026-10",
    "_id": AN_ID,
    "_code": "10269",
    "provider": "sandbox",
    "version": "2",
    "etag": "e1",
    "organisation": "10269",
    "scope": "*",
    "url": "https://example.org/",
    "claimed_by": ME,
}


def filled_message(kind: Descriptor, depth: int = 0) -> Any:
    """A message in which every field says something, lists twice."""
    message: Any = GetMessageClass(kind)()
    if kind.full_name == "google.protobuf.Timestamp":
        message.FromSeconds(AT)
        return message
    if kind.full_name == "google.api.HttpBody":
        message.content_type, message.data = "image/jpeg", _image()
        return message
    for field in kind.fields:
        if field.containing_oneof and len(field.containing_oneof.fields) > 1:
            continue
        if field.message_type and (depth > DEEPEST or field.message_type.GetOptions().map_entry):
            continue
        _fill(message, field, depth)
    return message


def _fill(message: Any, field: FieldDescriptor, depth: int) -> None:
    if field.message_type:
        value = filled_message(field.message_type, depth + 1)
        if field.is_repeated:
            getattr(message, field.name).extend([value, value])
        else:
            getattr(message, field.name).CopyFrom(value)
        return
    plain = _plain(field)
    if field.is_repeated:
        getattr(message, field.name).append(plain)
    else:
        setattr(message, field.name, plain)


def _plain(field: FieldDescriptor) -> object:
    if field.enum_type:
        return field.enum_type.values[1].number
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        if field.type == FieldDescriptor.TYPE_BYTES:
            return b"x"
        return next((text for end, text in TEXTS.items() if field.name.endswith(end)), "文字")
    return 1 if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL else 3


def _image() -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (48, 64), "#9cf").save(content, "JPEG")
    return content.getvalue()


def filled_answers(contracts: Contracts) -> dict[str, Answer]:
    """An answer to every RPC, by the names that `Services` has for them."""
    return {".".join(rpc.name.split(".")[-2:]): _answer(rpc) for rpc in contracts.rpcs}


def _answer(rpc: Any) -> Answer:
    message: Message = filled_message(rpc.descriptor.output_type)
    if not rpc.streams:
        return message

    async def pieces() -> Any:
        yield message

    return pieces
