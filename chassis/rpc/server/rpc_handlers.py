"""Fits a servicer's methods to its contract and puts the interceptors around each of them, once."""

import asyncio
import importlib
import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, TypeAlias

import grpc
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import Message

from chassis.call_context import Call, enter
from chassis.errors import Code, Refusal
from chassis.rpc.access_rules import AccessRule
from chassis.rpc.server.interceptors.interceptor import Handler, Interceptor, Method, compose

Context = grpc.aio.ServicerContext[Any, Any]
RpcHandler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"


class UnfitServicer(Exception):
    """A servicer does not match its contract: a method of it is not `async`, or the contract streams requests."""


class Draining(Refusal):
    """The process is about to end; whoever was watching should open the stream again and will reach another one."""

    reason = "DRAINING"
    code = Code.UNAVAILABLE
    zh = "服务正在重启，请重新连接。"
    en = "The service is restarting. Please connect again."


class Streams:
    """The streams in progress, so that a draining server can end them instead of waiting for them."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._ended = False

    def end(self) -> None:
        """Ends every stream with Draining."""
        self._ended = True
        for task in self._tasks:
            task.cancel()

    async def write(self, messages: AsyncGenerator[Message, None], context: Context) -> None:
        """Writes all `messages`. Raises Draining when the server ends the stream."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            async with aclosing(messages):
                async for message in messages:
                    await context.write(message)
        except asyncio.CancelledError:
            if not self._ended:
                raise
            task.uncancel()
            raise Draining() from None
        finally:
            self._tasks.discard(task)


@dataclass(frozen=True, slots=True)
class Served:
    """A servicer with the contract that it serves, and the generated function that adds it to a server."""

    contract: ServiceDescriptor
    add_to_server: Callable[[Any, Any], None]
    servicer: object


def served(servicer: object) -> Served:
    """A servicer and the contract of the generated class that it is made from. Raises UnfitServicer without one."""
    for base in type(servicer).__mro__:
        if base.__module__.endswith("_pb2_grpc"):
            return served_as(base.__module__, base.__name__.removesuffix("Servicer"), servicer)
    raise UnfitServicer(f"{type(servicer).__qualname__} is made from no contract's class")


def served_as(generated: str, contract: str, servicer: object) -> Served:
    """A servicer of `contract`, whose generated code is the module `generated` (`zikao.….…_service_pb2_grpc`)."""
    messages = importlib.import_module(generated.removesuffix("_grpc"))
    add_to_server = getattr(importlib.import_module(generated), f"add_{contract}Servicer_to_server")
    return Served(messages.DESCRIPTOR.services_by_name[contract], add_to_server, servicer)


def rpc_handlers(
    served: Served,
    rules: Mapping[str, AccessRule],
    interceptors: Sequence[Interceptor],
    streams: Streams,
) -> Iterator[tuple[str, RpcHandler]]:
    """The handlers of all RPCs of a contract, by path, inside all `interceptors`. Raises UnfitServicer."""
    plain = _plain_handlers(served)
    for descriptor in served.contract.methods:
        method = Method(descriptor, rules[descriptor.full_name])
        handler = plain[descriptor.name]
        if descriptor.client_streaming:
            raise UnfitServicer(f"{method.path} streams requests, which no interceptor here can see into")
        serve = _streaming(handler.unary_stream, streams) if method.streams else _unary(handler.unary_unary)
        yield method.path, _rpc_handler(method, handler, compose(method, serve, interceptors))


def _plain_handlers(served: Served) -> Mapping[str, RpcHandler]:
    """What the generated code would register with a server."""
    recorder = _Recorder()
    served.add_to_server(served.servicer, recorder)
    return recorder.handlers


class _Recorder:
    def __init__(self) -> None:
        self.handlers: Mapping[str, RpcHandler] = {}

    def add_generic_rpc_handlers(self, handlers: object) -> None:
        """The same handlers again, in a table of their own: not needed."""

    def add_registered_method_handlers(self, _service: str, handlers: Mapping[str, RpcHandler]) -> None:
        self.handlers = handlers


def _unary(behaviour: Any) -> Handler:
    if not (inspect.iscoroutinefunction(behaviour) or _unimplemented(behaviour)):
        raise UnfitServicer(f"{behaviour.__qualname__} must be `async def`")

    def answer(request: Message, call: Call) -> Awaitable[Message]:
        answering: Awaitable[Message] = behaviour(request, call.rpc)
        return answering

    return answer


def _streaming(behaviour: Any, streams: Streams) -> Handler:
    if not (inspect.isasyncgenfunction(behaviour) or _unimplemented(behaviour)):
        raise UnfitServicer(f"{behaviour.__qualname__} must be `async def` and `yield` its messages")

    async def answer(request: Message, call: Call) -> None:
        assert call.rpc is not None
        await streams.write(behaviour(request, call.rpc), call.rpc)

    return answer


def _unimplemented(behaviour: Callable[..., Any]) -> bool:
    """Whether the servicer leaves the method to its generated base class, which answers UNIMPLEMENTED."""
    return behaviour.__module__.endswith("_pb2_grpc")


def _rpc_handler(method: Method, plain: RpcHandler, handler: Handler) -> RpcHandler:
    path = method.path

    async def serve(request: Message, context: Context) -> Message | None:
        call = Call(path, dict(context.invocation_metadata() or ()), context)
        enter(call)
        return await handler(request, call)

    make = grpc.unary_stream_rpc_method_handler if method.streams else grpc.unary_unary_rpc_method_handler
    return make(serve, plain.request_deserializer, plain.response_serializer)
