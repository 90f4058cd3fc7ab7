"""Types of event made on the spot: two that payment states, one that review does, and one that nobody states."""

from typing import Any

from buf.validate import validate_pb2
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from zikao.common.v1 import access_pb2

PACKAGE = "zikao.testing.v1"
LONGEST = 20


def _file() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(
        name="zikao/testing/v1/events.proto",
        package=PACKAGE,
        syntax="proto3",
        dependency=["zikao/common/v1/access.proto", "buf/validate/validate.proto"],
    )
    for name, kind, stated_by in (
        ("Noted", "TYPE_STRING", "payment"),
        ("Counted", "TYPE_INT64", "payment"),
        ("Decided", "TYPE_STRING", "review"),
        ("Rumour", "TYPE_STRING", ""),
    ):
        message = file.message_type.add(name=name)
        field = message.field.add(name="value", number=1, type=kind, label="LABEL_OPTIONAL")
        if kind == "TYPE_STRING":
            field.options.Extensions[validate_pb2.field].string.max_len = LONGEST
        if stated_by:
            message.options.Extensions[access_pb2.stated_by] = stated_by
    return file


_POOL = descriptor_pool.Default()
_POOL.AddSerializedFile(_file().SerializeToString())


def _class(name: str) -> Any:
    return message_factory.GetMessageClass(_POOL.FindMessageTypeByName(f"{PACKAGE}.{name}"))


Noted: Any = _class("Noted")
Counted: Any = _class("Counted")
Decided: Any = _class("Decided")
Rumour: Any = _class("Rumour")
