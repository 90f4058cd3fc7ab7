"""The contracts as the gateway reads them: RPCs, their routes and who may call them, from the descriptor image that
`make gen` writes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from google.api import annotations_pb2, http_pb2
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from zikao.common.v1 import access_pb2

from chassis.process.admission_control import Priority
from chassis.rpc.access_rules import AccessRule, access_rule
from chassis.rpc.priorities import priority_of
from gateway.contracts.field_paths import field_at
from gateway.contracts.path_template import PathTemplate, TemplateError
from gateway.contracts.proto_json import MessageTypes

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
    template: PathTemplate
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
        return grpc_path(self.descriptor)

    @property
    def upstream(self) -> str:
        """The process that serves it, such as `payment`."""
        return process_of(self.descriptor)

    @property
    def streams(self) -> bool:
        """Whether the answer is a stream."""
        return bool(self.descriptor.server_streaming)

    @property
    def priority(self) -> Priority:
        """How early it is refused under overload."""
        return priority_of(self.descriptor)


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
    def messages(self) -> MessageTypes:
        """The converter of every message type. Whoever converts shares this one: the classes that it compiles, some
        10 MB for the whole suite, are never collected (protobuf-py-ext 0.7.0 refers to them unseen by the collector).
        """
        return MessageTypes(self.image)

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

    @cached_property
    def processes(self) -> tuple[str, ...]:
        """The processes that serve them, by name."""
        return tuple(sorted({rpc.upstream for rpc in self.rpcs}))


def grpc_path(rpc: MethodDescriptor) -> str:
    """What gRPC calls an RPC by."""
    return f"/{rpc.containing_service.full_name}/{rpc.name}"


def process_of(rpc: MethodDescriptor) -> str:
    """The process that serves an RPC: `payment` for the package `zikao.payment.v1`."""
    return str(rpc.containing_service.file.package.split(".")[-2])


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
        template = PathTemplate.parse(path)
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
