"""Whether the gateway can do its work: it reaches at least one service.

One service that is away must not take the others' addresses from their callers, so its loss alone does not make the
gateway unready; a gateway that reaches nobody is cut off, and its callers are better served by another.
"""

import asyncio
from typing import Final

from grpc_health.v1 import health_pb2, health_pb2_grpc

from chassis.errors import Refusal
from chassis.process.admin_port import Check
from chassis.rpc.client import Peer, Peers
from gateway.contracts.rpcs import Contracts

ASK_SECONDS: Final = 0.8


class NoServiceReachable(Exception):
    """No service answers."""


def any_service_reachable(peers: Peers, contracts: Contracts) -> Check:
    """A check that fails when none of the contracts' services answers."""
    asked = [peers.named(name) for name in contracts.processes]

    async def check() -> None:
        if not any(await asyncio.gather(*(_serves(peer) for peer in asked))):
            raise NoServiceReachable()

    return check


async def _serves(peer: Peer) -> bool:
    stub = health_pb2_grpc.HealthStub(peer)
    try:
        answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=ASK_SECONDS)
    except Refusal:
        return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)
