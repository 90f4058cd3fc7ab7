"""The gRPC server of a service: contracts in, interceptors around, health beside, reflection where it is wanted, a
graceful end.

A server whose contracts leave open who may call an RPC, or whose servicer does not fit its contract, refuses to start.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import grpc
from grpc_health.v1 import health_pb2
from grpc_health.v1.health import SERVICE_NAME as HEALTH_SERVICE
from grpc_health.v1.health import aio as health_aio  # type: ignore[attr-defined]
from grpc_health.v1.health_pb2_grpc import add_HealthServicer_to_server
from grpc_reflection.v1alpha import reflection

from chassis.call_context import Call
from chassis.clock import Clock
from chassis.config import ServerConfig
from chassis.postgres.constraint_refusals import NO_COLUMNS
from chassis.postgres.database import Database
from chassis.postgres.kept_answers import KeptAnswers
from chassis.process.admin_port import NO_CHECKS, Check, PortTaken, Readiness, admin_port
from chassis.process.periodic_job import Job
from chassis.process.signals import stop_signals
from chassis.rpc.access_rules import access_rules
from chassis.rpc.error_details import METADATA_BYTES
from chassis.rpc.server.interceptors.access import AccessInterceptor
from chassis.rpc.server.interceptors.concurrency_limit import LimitsInterceptor
from chassis.rpc.server.interceptors.deadline import with_deadline
from chassis.rpc.server.interceptors.errors import ErrorsInterceptor
from chassis.rpc.server.interceptors.idempotency import IdempotencyInterceptor
from chassis.rpc.server.interceptors.interceptor import Interceptor
from chassis.rpc.server.interceptors.page_tokens import PageTokenInterceptor
from chassis.rpc.server.interceptors.source import SourceInterceptor
from chassis.rpc.server.interceptors.telemetry import TelemetryInterceptor
from chassis.rpc.server.interceptors.validation import ValidationInterceptor
from chassis.rpc.server.rpc_handlers import RpcHandler, Served, Streams, rpc_handlers
from chassis.rpc.tls import server_credentials
from chassis.security.tokens import Verifier
from chassis.telemetry.logs import get_logger, withhold_personal

_log = get_logger(__name__)

HEALTH_EVERY_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class BoundPorts:
    """Where a started server listens."""

    grpc: int
    admin: int


def key_of_this_process(_purpose: str) -> bytes:
    """A key that nobody else has: for a server that has no replicas."""
    return os.urandom(32)


def nobody_counts(_call: Call) -> None:
    """For a server whose refusals nobody counts."""


class JobFailed(Exception):
    """A job of the process ended with an error; the process ends with it."""


class Server:
    """A process's gRPC server. `run` serves until SIGTERM or SIGINT; `serving` serves for the length of a block."""

    def __init__(
        self,
        config: ServerConfig,
        *,
        clock: Clock,
        verifier: Verifier,
        services: Sequence[Served],
        db: Database | None = None,
        answers: KeptAnswers | None = None,
        derive_key: Callable[[str], bytes] = key_of_this_process,
        until: Mapping[str, Check] = NO_CHECKS,
        watched: Mapping[str, Check] = NO_CHECKS,
        constraint_columns: Mapping[str, Sequence[str]] = NO_COLUMNS,
        note_refusal: Callable[[Call], None] = nobody_counts,
    ) -> None:
        """`db` keeps first answers for replays, unless `answers` says where else. `until` and `watched`: as of
        `Readiness`. `derive_key` gives a key of 32 bytes for a purpose, the same in all replicas.
        `constraint_columns` are those of each constraint of the tables. `note_refusal` hears of every call that was
        refused.

        Raises UndeclaredAccess when a contract leaves open who may call, UnfitServicer when a servicer does not match
        its contract, and NowhereToKeepAnswers when a contract promises replays that nothing can keep.
        """
        if db is not None:
            answers = answers or KeptAnswers(db, clock, derive_key("kept answers"))
        self._config = config
        self._names = [one.contract.full_name for one in services]
        self._streams = Streams()
        self._readiness = Readiness(until=until, watched=watched)
        withhold_personal(one.contract.file for one in services)
        rules = access_rules(one.contract for one in services)
        chain: tuple[Interceptor, ...] = (
            TelemetryInterceptor(note_refusal).wrap,
            ErrorsInterceptor(constraint_columns).wrap,
            with_deadline,
            LimitsInterceptor(config).wrap,
            SourceInterceptor(config.gateways).wrap,
            AccessInterceptor(verifier).wrap,
            ValidationInterceptor().wrap,
            PageTokenInterceptor(derive_key("page tokens")).wrap,
            IdempotencyInterceptor(answers).wrap,
        )
        self._handlers = _Handlers(
            {path: handler for one in services for path, handler in rpc_handlers(one, rules, chain, self._streams)}
        )

    async def run(self, jobs: Iterable[Job] = ()) -> None:
        """Serves, with `jobs` beside it, until the process is told to stop.

        Then it drains: not ready any more, calls in progress finish within the grace period, jobs are cancelled last.
        Raises JobFailed, after draining, when a job crashes; PortTaken when it cannot listen.
        """
        tasks = [asyncio.ensure_future(job.run()) for job in jobs]
        try:
            with stop_signals() as stop:
                async with self.serving():
                    await _until_stopped(stop, tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[BoundPorts]:
        """Serves for the length of a block and drains at its end. Raises PortTaken."""
        server = grpc.aio.server(options=_options(self._config))
        server.add_generic_rpc_handlers((self._handlers,))
        health = health_aio.HealthServicer()
        add_HealthServicer_to_server(health, server)
        if self._config.reflection:
            reflection.enable_server_reflection([*self._names, HEALTH_SERVICE, reflection.SERVICE_NAME], server)
        port = _listen(server, self._config)
        async with admin_port(self._config.host, self._config.admin_port, self._readiness) as admin:
            await self._readiness.problems()  # what comes before the first call is done, where it can be
            await server.start()
            telling = asyncio.create_task(self._tell_health(health))
            _log.info("serving", port=port, admin_port=admin, services=self._names)
            try:
                yield BoundPorts(port, admin)
            finally:
                telling.cancel()
                await self._drain(server, health)

    async def _drain(self, server: grpc.aio.Server, health: health_aio.HealthServicer) -> None:
        _log.info("draining", grace_seconds=self._config.grace_seconds)
        self._readiness.drain()
        await health.enter_graceful_shutdown()
        await asyncio.sleep(self._config.drain_seconds)
        self._streams.end()
        await server.stop(self._config.grace_seconds)

    async def _tell_health(self, health: health_aio.HealthServicer) -> None:
        while True:
            ready = not await self._readiness.problems()
            state = health_pb2.HealthCheckResponse.SERVING if ready else health_pb2.HealthCheckResponse.NOT_SERVING
            for name in ("", *self._names):
                await health.set(name, state)
            await asyncio.sleep(HEALTH_EVERY_SECONDS)


class _Handlers(grpc.GenericRpcHandler):  # type: ignore[type-arg]  # not generic at run time
    """All RPCs of the process in one table."""

    def __init__(self, handlers: Mapping[str, RpcHandler]) -> None:
        self._handlers = handlers

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> "RpcHandler | None":
        return self._handlers.get(handler_call_details.method)


def _options(config: ServerConfig) -> list[tuple[str, int]]:
    return [
        ("grpc.so_reuseport", int(config.reuse_port)),
        ("grpc.max_receive_message_length", config.max_message_bytes),
        ("grpc.max_send_message_length", config.max_message_bytes),
        ("grpc.max_metadata_size", METADATA_BYTES),
        ("grpc.absolute_max_metadata_size", METADATA_BYTES * 2),
        ("grpc.max_connection_age_ms", int(config.max_connection_age_seconds * 1000)),
        ("grpc.max_connection_age_grace_ms", int(config.grace_seconds * 1000)),
        ("grpc.http2.min_recv_ping_interval_without_data_ms", 20_000),
    ]


def _listen(server: grpc.aio.Server, config: ServerConfig) -> int:
    address = f"{config.host}:{config.port}"
    try:
        if config.tls is None:
            return server.add_insecure_port(address)
        return server.add_secure_port(address, server_credentials(config.tls))
    except RuntimeError as error:
        raise PortTaken(address) from error


async def _until_stopped(stop: asyncio.Event, tasks: Sequence["asyncio.Future[None]"]) -> None:
    waiting = asyncio.ensure_future(stop.wait())
    pending: set[asyncio.Future[Any]] = {waiting, *tasks}
    try:
        while not waiting.done():
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in done - {waiting}:
                if task.cancelled() or task.exception() is not None:
                    cause = None if task.cancelled() else task.exception()
                    _log.critical("a job failed; the process ends", exc_info=cause)
                    raise JobFailed("a job failed") from cause
    finally:
        waiting.cancel()
