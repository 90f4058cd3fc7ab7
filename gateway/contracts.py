"""The contracts as the gateway reads them: RPCs, their routes and who may call them, from the descriptor image that
`make gen` writes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from google.api import annotations_pb2, http_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor, ServiceDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet, MethodOptions
from google.protobuf.descriptor_pool import DescriptorPool
from zikao.common.v1 import access_pb2

from chassis.rpc.access_rules import AccessRule, access_rule
from gateway.http_rule import Template, TemplateError
from gateway.messages import Messages

IMAGE = Path(access_pb2.__file__).parents[3] / "zikao.binpb"
"""Where `make gen` leaves the descriptor image."""

WHOLE = "*"
HTTP_BODY = "google.api.HttpBody"
GET = "GET"


class ContractError(ValueError):
    """An annotation cannot be served as it is written."""


@dataclass(frozen=True, slots=True)
class Binding:
    """One route of an RPC. `body` and `response_body` name a field of the request and of the response, `*` the whole
    request, or nothing.
    """

    method: str
    template: Template
    body: str
    response_body: str


@dataclass(frozen=True)
class Rpc:
    """An RPC that has routes."""

    descriptor: MethodDescriptor
    access: AccessRule
    bindings: tuple[Binding, ...]

    @property
    def name(self) -> str:
        """The full name, such as `zikao.payment.v1.PaymentService.PayOrder`."""
        return self.descriptor.full_name

    @property
    def path(self) -> str:
        """What gRPC calls it by."""
        return f"/{self.descriptor.containing_service.full_name}/{self.descriptor.name}"

    @property
    def upstream(self) -> str:
        """The service that serves it: `payment` for the package `zikao.payment.v1`."""
        return self.descriptor.containing_service.file.package.split(".")[-2]

    @property
    def streams(self) -> bool:
        """Whether the answer is a stream."""
        return bool(self.descriptor.server_streaming)

    @cached_property
    def reads(self) -> bool:
        """Whether calling it changes nothing."""
        level: int = self.descriptor.GetOptions().idempotency_level
        return level == MethodOptions.NO_SIDE_EFFECTS


class Contracts:
    """Every contract of a descriptor image."""

    def __init__(self, image: bytes) -> None:
        """Reads an image in the order protoc writes it: each file after those it imports."""
        self.image = image
        self.files = FileDescriptorSet.FromString(image)
        self.pool = DescriptorPool()
        for file in self.files.file:
            self.pool.Add(file)

    @classmethod
    def load(cls, path: Path = IMAGE) -> "Contracts":
        """The contracts of an image on disk. Raises FileNotFoundError where `make gen` has not run."""
        return cls(path.read_bytes())

    @cached_property
    def messages(self) -> Messages:
        """The converter of every message type. Whoever converts shares this one: the classes that it compiles, some
        10 MB for the whole suite, are never collected (protobuf-py-ext 0.7.0 refers to them unseen by the collector).
        """
        return Messages(self.image)

    @cached_property
    def services(self) -> tuple[ServiceDescriptor, ...]:
        """Every service, by full name."""
        named = [f"{file.package}.{service.name}" for file in self.files.file for service in file.service]
        return tuple(self.pool.FindServiceByName(name) for name in sorted(named))

    @cached_property
    def rpcs(self) -> tuple[Rpc, ...]:
        """Every RPC that has a route, by full name. Raises ContractError, TemplateError and UndeclaredAccess."""
        return tuple(
            Rpc(method, access_rule(method), bindings)
            for service in self.services
            for method in service.methods
            if (bindings := tuple(_bindings(method)))
        )


def public_name(service: str) -> str:
    """`identity.LoginService` for `zikao.identity.v1.LoginService`: several packages may have a service of one name."""
    return service.removeprefix("zikao.").replace(".v1.", ".")


def _bindings(method: MethodDescriptor) -> Iterator[Binding]:
    options: Any = method.GetOptions()
    if not options.HasExtension(annotations_pb2.http):
        return
    rule = options.Extensions[annotations_pb2.http]
    yield _binding(method, rule)
    for additional in rule.additional_bindings:
        if additional.additional_bindings:
            raise ContractError(f"{method.full_name}: additional bindings do not nest")
        yield _binding(method, additional)


def _binding(method: MethodDescriptor, rule: http_pb2.HttpRule) -> Binding:
    kind = rule.WhichOneof("pattern")
    if kind is None:
        raise ContractError(f"{method.full_name}: the annotation names no path")
    verb, path = (rule.custom.kind, rule.custom.path) if kind == "custom" else (kind.upper(), getattr(rule, kind))
    try:
        template = Template.parse(path)
    except TemplateError as error:
        raise ContractError(f"{method.full_name}: {error}") from error
    binding = Binding(verb, template, rule.body, rule.response_body)
    _check(method, binding)
    return binding


def _check(method: MethodDescriptor, binding: Binding) -> None:
    """What `google/api/http.proto` asks of the fields an annotation names."""
    for variable in binding.template.variables:
        field = field_at(method.input_type, variable.field_path)
        if field is None or field.is_repeated or field.message_type is not None:
            raise ContractError(f"{method.full_name}: the path variable {variable.field_path} must be one plain value")
    if binding.body not in ("", WHOLE) and binding.body not in method.input_type.fields_by_name:
        raise ContractError(f"{method.full_name}: the body names no field: {binding.body}")
    if binding.response_body and binding.response_body not in method.output_type.fields_by_name:
        raise ContractError(f"{method.full_name}: the response body names no field: {binding.response_body}")
    if method.client_streaming:
        raise ContractError(f"{method.full_name}: a stream of requests has no route")


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
