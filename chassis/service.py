"""What every service is made of, so that its `main.py` says only what is its own.

A service stands on an `Infrastructure`, serves its contracts, and has jobs beside them: the relay of its outbox and
the removal of what nobody can ask for any more are the same in all.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final, Generic, TypeVar

from chassis.activity.minute_counts import MinuteCounts
from chassis.activity.refusal_counts import RefusalCounts, refusal_counts
from chassis.activity.servicer import ActivityServicer
from chassis.audit_log.entries import AuditLog
from chassis.audit_log.servicer import AuditServicer
from chassis.clock import Clock
from chassis.config import ServiceConfig
from chassis.events.relay import Relay, Send, WakeUp
from chassis.external_systems.health_store import ExternalSystems, external_systems
from chassis.external_systems.servicer import CountBacklogs, ExternalSystemServicer
from chassis.postgres.columns import tables_of
from chassis.postgres.constraint_refusals import columns_of_constraints
from chassis.postgres.database import Database, database
from chassis.postgres.driver_statements import Statement
from chassis.postgres.retention import retention
from chassis.postgres.schema_revision import require_fitting_schema
from chassis.process.admin_port import NO_CHECKS, Check
from chassis.process.periodic_job import Job, PeriodicJob
from chassis.redis_connection import answers, redis_client
from chassis.rpc.client import Peers, channels
from chassis.rpc.revocation_watch import RevocationWatch
from chassis.rpc.server.grpc_server import Server
from chassis.rpc.server.rpc_handlers import served, served_as
from chassis.security.revocations import Revocations
from chassis.security.tokens import Signer, Verifier

Dependencies = TypeVar("Dependencies")

NO_ACTIVITY: Final[Mapping[int, Statement]] = {}
"""Of a service that people do nothing with that is counted beside refusals."""


@dataclass(frozen=True, slots=True)
class Infrastructure:
    """What a service stands on: its database, the other services, its key, the systems outside."""

    name: str
    config: ServiceConfig
    clock: Clock
    db: Database
    peers: Peers
    signer: Signer
    revocations: Revocations
    """Whose login sessions have ended: identity reads that from its database, everybody else hears it from identity."""
    external_systems: ExternalSystems
    refusal_counts: RefusalCounts
    outbox_written: WakeUp
    resources: AsyncExitStack
    """What ends with the service, before its database does: threads, connections to systems outside."""

    def values(self) -> dict[type, object]:
        """What repositories are made from, by type: for `chassis.wiring.build`."""
        return {Database: self.db, Clock: self.clock, WakeUp: self.outbox_written}


@asynccontextmanager
async def infrastructure(name: str, config: ServiceConfig, clock: Clock) -> AsyncIterator[Infrastructure]:
    """What the service `name` stands on, for the length of a block."""
    signer = Signer.load(config.keys_dir, name, clock)
    async with (
        database(config.database, name) as db,
        channels(config.peers, signer=signer, clock=clock) as peers,
        external_systems(db, clock) as systems,
        refusal_counts(db, clock) as refusals,
        AsyncExitStack() as resources,
    ):
        known = Revocations(clock), systems, refusals
        yield Infrastructure(name, config, clock, db, peers, signer, *known, WakeUp(), resources)


@dataclass(frozen=True, slots=True)
class Service(Generic[Dependencies]):
    """A service, wired: what its use cases work with, its server, and what runs beside it."""

    dependencies: Dependencies
    server: Server
    relay: Relay
    jobs: Sequence[Job]

    async def run(self) -> None:
        """Serves until told to stop. Raises what `Server.run` raises."""
        await self.server.run([self.relay, *self.jobs])

    def job(self, name: str) -> PeriodicJob:
        """The periodic job of that name, to have one round of it. Raises StopIteration when there is none."""
        return next(job for job in self.jobs if isinstance(job, PeriodicJob) and job.name == name)


def server(
    infra: Infrastructure,
    servicers: Sequence[object],
    *,
    activity: Mapping[int, Statement] = NO_ACTIVITY,
    count_backlogs: CountBacklogs | None = None,
    until: Mapping[str, Check] = NO_CHECKS,
) -> Server:
    """The server of a service: its own servicers, those for its audit log and for what is done by the minute, and the
    one for its systems outside where it has such. It is ready once the schema fits, and what `until` names has been so.

    `activity`: what counts, since `:since` and by the minute, the kinds of things that people do with the service.
    """
    services = [served(servicer) for servicer in servicers]
    audit = AuditServicer(AuditLog(infra.db, infra.clock))
    services.append(served_as(f"zikao.{infra.name}.v1.audit_service_pb2_grpc", "AuditService", audit))
    counts = MinuteCounts(infra.db, infra.clock, *dict.fromkeys(activity.values()))
    doings = ActivityServicer(counts, infra.clock, tuple(activity))
    services.append(served_as(f"zikao.{infra.name}.v1.activity_service_pb2_grpc", "ActivityService", doings))
    if infra.external_systems.monitors:
        generated = f"zikao.{infra.name}.v1.external_system_service_pb2_grpc"
        systems = ExternalSystemServicer(infra.external_systems, count_backlogs)
        services.append(served_as(generated, "ExternalSystemService", systems))
    return Server(
        infra.config.server,
        clock=infra.clock,
        verifier=Verifier.load(infra.config.keys_dir, infra.clock, audience=infra.name, revocations=infra.revocations),
        services=services,
        derive_key=infra.signer.derive_key,
        db=infra.db,
        until={"schema": partial(require_fitting_schema, infra.db), **until},
        watched=_watched(infra),
        constraint_columns=columns_of_constraints(tables_of(infra.name)),
        note_refusal=infra.refusal_counts.note,
    )


def _watched(infra: Infrastructure) -> dict[str, Check]:
    """What all of a service's calls stand on: told to operators while it is away."""
    watched: dict[str, Check] = {"database": infra.db.reachable}
    if infra.config.redis_url is not None:
        watched["redis"] = partial(answers, redis_client(infra.config.redis_url))
    return watched


def relay(infra: Infrastructure, destinations: Mapping[str, Send]) -> Relay:
    """The relay of a service's outbox, to wherever its rows go."""
    return Relay(infra.db, destinations, infra.clock, infra.outbox_written)


def revocation_watch(infra: Infrastructure) -> Job:
    """Follows identity's revocations (F-32): a job of every service but identity."""
    return RevocationWatch(infra.peers.identity, infra.revocations)


def retention_job(infra: Infrastructure) -> PeriodicJob:
    """Removes kept answers and heard events that nobody can ask for any more."""
    return retention(infra.db, infra.clock)
