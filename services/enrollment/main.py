"""The wiring of the enrollment service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from zikao.enrollment.v1 import (
    catalogue_service_pb2,
    catalogue_service_pb2_grpc,
    enrollment_service_pb2,
    enrollment_service_pb2_grpc,
    practice_service_pb2,
    practice_service_pb2_grpc,
)

from chassis.clock import Clock, SystemClock
from chassis.events.outbox_cleanup import OutboxCleanup
from chassis.events.receiver import EventReceiver, receives
from chassis.events.relay import Relay
from chassis.postgres.database import Database, database
from chassis.postgres.retention import EVENTS, Retention
from chassis.process.thread_pool import ThreadPool
from chassis.rpc.client import Peers, channels
from chassis.rpc.server.grpc_server import Served, Server
from chassis.security.tokens import Signer, Verifier
from chassis.telemetry.tracing import telemetry
from services.enrollment.adapters import HighsPlanner, IdentityStandings, PaymentOrders, XlsxSheets, destinations
from services.enrollment.config import Config
from services.enrollment.consumers import Consumers
from services.enrollment.domain.registration import TicketNumbers
from services.enrollment.ports import Ports
from services.enrollment.repository import (
    CatalogueCache,
    CatalogueRepository,
    ChangesInTransaction,
    ClosingRepository,
    DeskRepository,
    ParticipationRepository,
    PracticeRepository,
    RegistrationRepository,
    RosterRepository,
    SelectionRepository,
    WindowsAnnounced,
    unit_of_work,
)
from services.enrollment.servicer import CatalogueServicer, EnrollmentServicer, PracticeServicer
from services.enrollment.usecases.closing import Deadlines
from services.enrollment.usecases.outcomes import end_refused_order
from services.enrollment.usecases.practice import CollisionsSolved

NAME = "enrollment"


async def serve(config: Config) -> None:
    """Serves until told to stop."""
    clock = SystemClock()
    async with telemetry(config.telemetry, NAME), enrollment(config, clock) as service:
        jobs = (
            service.relay.run(),
            service.settler.run(),
            service.deadlines.run(),
            service.collisions.run(),
            service.windows.run(),
            service.forgetting.run(),
        )
        await service.server.run(background=jobs)


@dataclass(frozen=True, slots=True)
class Enrollment:
    """The service, wired: its server and its background jobs."""

    server: Server
    relay: Relay
    settler: OutboxCleanup
    deadlines: Deadlines
    collisions: CollisionsSolved
    windows: WindowsAnnounced
    forgetting: Retention
    ports: Ports


@asynccontextmanager
async def enrollment(config: Config, clock: Clock) -> AsyncIterator[Enrollment]:
    """The service for the length of a block."""
    signer = Signer.load(config.keys_dir, NAME, clock)
    async with database(config.database, NAME) as db, channels(config.peers, signer=signer, clock=clock) as peers:
        with ThreadPool("work", most_waiting=config.work_waiting) as workshop:
            yield _wired(config, db, peers, workshop, clock)


def _wired(config: Config, db: Database, peers: Peers, workshop: ThreadPool, clock: Clock) -> Enrollment:
    settler = OutboxCleanup(db)
    # The relay tells the use cases of orders that are refused for good, and they wake it: hence the late binding.
    relay = Relay(db, destinations(peers, lambda order_id: end_refused_order(order_id, ports)), clock)
    ports = _ports(config, db, peers, relay, settler, workshop, clock)
    consumers = Consumers(ports, lambda transaction: ChangesInTransaction(transaction, clock))
    server = Server(
        config.server,
        clock=clock,
        db=db,
        verifier=Verifier.load(config.keys_dir, clock, audience=NAME),
        services=_services(ports, EventReceiver(consumers.handlers(), db, clock, together=consumers.together())),
    )
    return Enrollment(
        server,
        relay,
        settler,
        Deadlines(ports),
        CollisionsSolved(ports),
        WindowsAnnounced(db, clock),
        Retention(db, clock, [EVENTS]),
        ports,
    )


def _ports(
    config: Config, db: Database, peers: Peers, relay: Relay, settler: OutboxCleanup, workshop: ThreadPool, clock: Clock
) -> Ports:
    catalogue = CatalogueRepository(db, clock)
    return Ports(
        clock=clock,
        tickets=TicketNumbers(config.ticket_number.prefix, config.ticket_number.digits),
        catalogues=CatalogueCache(catalogue, clock),
        catalogue_store=catalogue,
        desks=DeskRepository(db),
        selections=SelectionRepository(db, wake=relay.wake, settle=settler.remove),
        participations=ParticipationRepository(db),
        registrations=RegistrationRepository(db),
        begin=unit_of_work(db, clock, wake=relay.wake),
        standings=IdentityStandings(peers.identity),
        orders=PaymentOrders(peers.payment),
        practice=PracticeRepository(db),
        closing=ClosingRepository(db),
        rosters=RosterRepository(db),
        planner=HighsPlanner(workshop),
        sheets=XlsxSheets(workshop),
    )


def _services(ports: Ports, receiver: EventReceiver) -> list[Served]:
    return [
        (
            catalogue_service_pb2.DESCRIPTOR.services_by_name["CatalogueService"],
            catalogue_service_pb2_grpc.add_CatalogueServiceServicer_to_server,
            CatalogueServicer(ports),
        ),
        (
            enrollment_service_pb2.DESCRIPTOR.services_by_name["EnrollmentService"],
            enrollment_service_pb2_grpc.add_EnrollmentServiceServicer_to_server,
            EnrollmentServicer(ports),
        ),
        (
            practice_service_pb2.DESCRIPTOR.services_by_name["PracticeService"],
            practice_service_pb2_grpc.add_PracticeServiceServicer_to_server,
            PracticeServicer(ports),
        ),
        receives(receiver),
    ]
