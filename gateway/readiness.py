"""Whether the gateway has come to where it can do its work: it has reached a service.

From then on it stays ready. A service that is away must not take the others' addresses from their callers, and all
gateways ask the same services. What is away is told beside (GW-7).
"""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Final

from grpc_health.v1 import health_pb2, health_pb2_grpc

from chassis.process.admin_port import Check
from chassis.rpc.client import Peer, Peers
from gateway.contracts.rpcs import Contracts

ASK_SECONDS: Final = 0.8


class NotServing(Exception):
    """A service, or each of them, does not serve."""


def service_checks(peers: Peers, contracts: Contracts) -> Mapping[str, Check]:
    """For each of the contracts' services a check that fails while it does not serve."""
    return {name: partial(_require_serving, peers.named(name)) for name in contracts.processes}


def any_of(checks: Mapping[str, Check]) -> Check:
    """A check that fails when all of these do."""

    async def check() -> None:
        failures = await asyncio.gather(*(one() for one in checks.values()), return_exceptions=True)
        if all(failures):
            raise NotServing()

    return check


async def _require_serving(peer: Peer) -> None:
    """Raises NotServing, or the Refusal of a service that cannot be reached."""
    stub = health_pb2_grpc.HealthStub(peer)
    answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=ASK_SECONDS)
    if answer.status != health_pb2.HealthCheckResponse.SERVING:
        raise NotServing()
