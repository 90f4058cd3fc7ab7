"""What the API page shows of every operation, read off the contracts."""

from dataclasses import dataclass
from itertools import groupby

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from gateway.api.json_schemas import is_output_only, is_required
from gateway.api.openapi import path_of
from gateway.contracts.comments import first_sentence
from gateway.contracts.rpcs import HTTP_BODY, Contracts, Rpc, public_name


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field of a request or an answer."""

    name: str
    type: str
    required: bool
    text: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One RPC: its addresses, who may call, what it says of itself, and its fields."""

    name: str
    addresses: tuple[tuple[str, str], ...]
    access: tuple[str, ...]
    summary: str
    paragraphs: tuple[str, ...]
    takes: tuple[FieldRow, ...]
    gives: tuple[FieldRow, ...]
    streams: bool


@dataclass(frozen=True, slots=True)
class ServiceReference:
    """A service, by the name it is shown by, and its operations."""

    name: str
    summary: str
    operations: tuple[Operation, ...]


def reference_of(contracts: Contracts, comments: dict[str, str]) -> tuple[ServiceReference, ...]:
    """Every service that has routes, by name."""
    return tuple(
        ServiceReference(
            name=public_name(name),
            summary=first_sentence(comments.get(name, "")),
            operations=tuple(_operation(rpc, comments) for rpc in rpcs),
        )
        for name, rpcs in groupby(contracts.rpcs, key=lambda rpc: rpc.descriptor.containing_service.full_name)
    )


def _operation(rpc: Rpc, comments: dict[str, str]) -> Operation:
    comment = comments.get(rpc.name, "")
    taken = [field for field in rpc.descriptor.input_type.fields if not is_output_only(field)]
    return Operation(
        name=rpc.descriptor.name,
        addresses=tuple((binding.method, path_of(binding.template)) for binding in rpc.bindings),
        access=tuple(kind.value for kind in rpc.access.kinds),
        summary=first_sentence(comment),
        paragraphs=tuple(part for part in comment.split("\n") if part),
        takes=tuple(_row(field, comments) for field in taken),
        gives=tuple(_row(field, comments) for field in _answered(rpc.descriptor.output_type)),
        streams=rpc.streams,
    )


def _answered(message: Descriptor) -> list[FieldDescriptor]:
    return [] if message.full_name == HTTP_BODY else list(message.fields)


def _row(field: FieldDescriptor, comments: dict[str, str]) -> FieldRow:
    return FieldRow(
        name=field.json_name,
        type=_type(field),
        required=is_required(field),
        text=comments.get(field.full_name, ""),
    )


def _type(field: FieldDescriptor) -> str:
    named = field.message_type or field.enum_type
    name = named.name if named is not None else _PLAIN[field.type]
    return f"{name}[]" if field.is_repeated else name


_PLAIN = {
    value: name.removeprefix("TYPE_").lower()
    for name, value in vars(FieldDescriptor).items()
    if name.startswith("TYPE_")
}
