"""Both ends of a gRPC connection of a test: peers that a test plays, and the connection to the service under test."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc
from google.protobuf.descriptor import ServiceDescriptor

from chassis.rpc.channel import FreshChannel
from chassis.rpc.client import Peer, ServiceTokens

Adder = Callable[[Any, grpc.aio.Server], None]
"""A generated `add_…Servicer_to_server`."""


@asynccontextmanager
async def grpc_server(*servicers: tuple[Adder, Any]) -> AsyncIterator[str]:
    """Serves servicers on a port of its own for the length of a block; its address, such as `127.0.0.1:40123`."""
    server = grpc.aio.server()
    for add_to_server, servicer in servicers:
        add_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.stop(0)


@asynccontextmanager
async def connected_peer(
    name: str, port: int, *contracts: ServiceDescriptor, tokens: ServiceTokens | None = None
) -> AsyncIterator[Peer]:
    """The service on a port of this machine, as other processes of the suite reach it, for the length of a block.

    Stubs made on it raise RemoteRefusal. What the `contracts` allow is repeated when nobody answers. Without `tokens`
    its calls prove nothing but what their metadata say.
    """
    channel = FreshChannel(f"127.0.0.1:{port}", contracts, None)
    try:
        await channel.current().channel_ready()
        yield Peer(name, channel, tokens)
    finally:
        await channel.close()
