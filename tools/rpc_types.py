"""The types of all RPCs by their requests, for the type checker: what the answer to a `GetOrderRequest` is."""

from collections.abc import Iterator, Mapping

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet, MethodDescriptorProto

HEAD = """\
from collections.abc import AsyncGenerator
from typing import Protocol, overload

{imports}

class UnaryRpcs(Protocol):
{unary}

class StreamRpcs(Protocol):
{streams}
"""
UNARY = "    @overload\n    async def __call__(self, request: {takes}, *, seconds: float = ...) -> {gives}: ..."
STREAM = "    @overload\n    def __call__(self, request: {takes}) -> AsyncGenerator[{gives}, None]: ..."


def rpc_types(image: bytes) -> str:
    """A type stub with one overload for each RPC whose request stands beside its service, as nearly all do."""
    files = FileDescriptorSet.FromString(image).file
    modules = {f".{file.package}.{message.name}": _module(file) for file in files for message in file.message_type}
    rpcs = [rpc for file in files if file.name.endswith("_service.proto") for rpc in _rpcs(file)]
    used = sorted({modules[name] for rpc in rpcs for name in (rpc.input_type, rpc.output_type)})
    return HEAD.format(
        imports="\n".join(f"import {module}" for module in used),
        unary="\n".join(_overload(UNARY, rpc, modules) for rpc in rpcs if not rpc.server_streaming),
        streams="\n".join(_overload(STREAM, rpc, modules) for rpc in rpcs if rpc.server_streaming),
    )


def _rpcs(file: FileDescriptorProto) -> Iterator[MethodDescriptorProto]:
    own = {f".{file.package}.{message.name}" for message in file.message_type}
    for service in file.service:
        yield from (method for method in service.method if method.input_type in own)


def _overload(form: str, rpc: MethodDescriptorProto, modules: Mapping[str, str]) -> str:
    takes, gives = (f"{modules[name]}.{name.rpartition('.')[2]}" for name in (rpc.input_type, rpc.output_type))
    return form.format(takes=takes, gives=gives)


def _module(file: FileDescriptorProto) -> str:
    return file.name.removesuffix(".proto").replace("/", ".") + "_pb2"
