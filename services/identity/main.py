"""The wiring of the identity service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from pydantic import SecretStr
from zikao.identity.v1 import (
    candidate_service_pb2,
    candidate_service_pb2_grpc,
    case_candidate_service_pb2,
    case_candidate_service_pb2_grpc,
    correction_service_pb2,
    correction_service_pb2_grpc,
    external_system_service_pb2,
    external_system_service_pb2_grpc,
    login_service_pb2,
    login_service_pb2_grpc,
    staff_service_pb2,
    staff_service_pb2_grpc,
    standing_service_pb2,
    standing_service_pb2_grpc,
)

from chassis.clock import Clock, SystemClock
from chassis.events.receiver import EventReceiver, receives
from chassis.events.relay import Relay, delivery_to
from chassis.external_systems.monitors import Monitor, MonitoredClient, Role
from chassis.external_systems.records import ExternalSystems, external_systems
from chassis.media.blobs import SealedBlobs, open_store
from chassis.media.orphan_images import Sweep
from chassis.postgres.database import Database, database
from chassis.postgres.kept_answers import KeptAnswers
from chassis.postgres.retention import ANSWERS, EVENTS, Retention
from chassis.process.thread_pool import ThreadPool
from chassis.reencryption import EncryptedData
from chassis.rpc.client import Peers, channels
from chassis.rpc.server.grpc_server import Served, Server
from chassis.security.encryption import BlindIndex, FieldCipher
from chassis.security.one_time_codes import one_time_codes
from chassis.security.rate_limits import rate_limiter
from chassis.security.tokens import Signer, Verifier
from chassis.telemetry.tracing import telemetry
from services.identity import tables
from services.identity.adapters.cases import opening_cases_at
from services.identity.adapters.corrections import CorrectionCasesAtReview
from services.identity.adapters.errands import Errands
from services.identity.adapters.messages import HttpMessages
from services.identity.adapters.passwords import Argon2Passwords
from services.identity.adapters.phone_changes import ReviewDesk
from services.identity.adapters.photos import PillowPhotoChecker
from services.identity.adapters.proofs import CheckedProofs
from services.identity.adapters.registers.police import police_register
from services.identity.adapters.registers.sandbox import SandboxRegister
from services.identity.adapters.reviewers import ReviewLooks
from services.identity.adapters.tokens import SignedTokens
from services.identity.config import Config
from services.identity.consumers import Consumers
from services.identity.ports.cases import CorrectionCases, Looks
from services.identity.ports.images import FaceMatcher
from services.identity.ports.logins import Passwords
from services.identity.repository import PostgresStore
from services.identity.repository.candidates import CASES, FOLLOWER, IMPORTS
from services.identity.repository.sealing import Sealer, bound
from services.identity.repository.waiting import WaitingRepository
from services.identity.servicer.candidates import CandidateServicer
from services.identity.servicer.case_candidates import CaseCandidateServicer
from services.identity.servicer.corrections import CorrectionDesk, CorrectionServicer
from services.identity.servicer.desk import LoginDesk
from services.identity.servicer.logins import LoginServicer
from services.identity.servicer.staff import StaffServicer
from services.identity.servicer.standings import StandingServicer
from services.identity.usecases.contact import ContactCodes
from services.identity.usecases.housekeeping import Housekeeping
from services.identity.usecases.staff import ensure_first_operator
from services.identity.usecases.throttle import LoginThrottle

NAME: Final = "identity"


async def serve(config: Config) -> None:
    """Serves until told to stop."""
    async with telemetry(config.telemetry, NAME), identity(config, SystemClock()) as service:
        background = [service.relay.run(), service.housekeeping.run(), service.forgetting.run(), service.sweep.run()]
        await service.server.run(background=background)


@dataclass(frozen=True, slots=True)
class Identity:
    """The service, wired: its server and its background jobs."""

    server: Server
    relay: Relay
    housekeeping: Housekeeping
    forgetting: Retention
    sweep: Sweep


@asynccontextmanager
async def identity(config: Config, clock: Clock) -> AsyncIterator[Identity]:
    """The service for the length of a block."""
    signer = Signer.load(config.keys_dir, NAME, clock)
    async with (
        database(config.database, NAME) as db,
        channels(config.peers, signer=signer, clock=clock) as peers,
        external_systems(db, clock, WaitingRepository(db).count) as outside,
        MonitoredClient(outside.monitor(Role.MESSAGE_SENDER)) as http,
        _register(config, outside.monitor(Role.POLICE_REGISTER), clock) as register,
    ):
        with (
            ThreadPool("passwords", most_waiting=config.passwords_waiting) as password_threads,
            ThreadPool("photos", most_waiting=config.photos_waiting) as photo_threads,
        ):
            sealer = Sealer(_cipher(config), BlindIndex(_key(config.index_key)))
            # The relay's errands need the store, and the store wakes the relay: hence the late binding.
            store = PostgresStore(db, sealer, lambda: relay.wake())
            messages = _messages(config, http)
            blobs = _blobs(config, outside.monitor(Role.BLOB_STORE))
            corrections = CorrectionCasesAtReview(peers.review)
            errands = Errands(
                store, messages, blobs, ReviewDesk(peers.review), corrections, config.recovery.limits(), clock
            )
            relay = _relay(db, peers, errands, clock)
            passwords = Argon2Passwords(password_threads)
            await _first_operator(config, store, passwords, clock)
            server = Server(
                config.server,
                clock=clock,
                verifier=Verifier.load(config.keys_dir, clock, audience=NAME),
                services=_services(
                    config,
                    db,
                    store,
                    passwords,
                    photo_threads,
                    signer,
                    register,
                    messages,
                    blobs,
                    ReviewLooks(peers.review),
                    outside,
                    corrections,
                    clock,
                ),
                answers=KeptAnswers(db, clock),
                checks={"database": db.reachable},
            )
            housekeeping = Housekeeping(store, blobs, config.phone_change.rules(), clock)
            forgetting, sweep = Retention(db, clock, [ANSWERS, EVENTS]), Sweep(blobs, store.named, clock)
            yield Identity(server, relay, housekeeping, forgetting, sweep)


def _relay(db: Database, peers: Peers, errands: Errands, clock: Clock) -> Relay:
    following = delivery_to(peers.enrollment)
    destinations = {FOLLOWER: following, IMPORTS: following, CASES: opening_cases_at(peers.review)}
    return Relay(db, {**destinations, **errands.destinations}, clock)


def _messages(config: Config, http: MonitoredClient) -> HttpMessages:
    return HttpMessages(http, config.messages_url or config.sandbox_url, timedelta(seconds=config.messages_seconds))


def _services(
    config: Config,
    db: Database,
    store: PostgresStore,
    passwords: Passwords,
    photo_threads: ThreadPool,
    signer: Signer,
    register: FaceMatcher,
    messages: HttpMessages,
    blobs: SealedBlobs,
    looks: Looks,
    outside: ExternalSystems,
    corrections: CorrectionCases,
    clock: Clock,
) -> list[Served]:
    rates, tokens, rules = rate_limiter(config.redis_url), SignedTokens(signer), config.photo.rules()
    codes = ContactCodes(one_time_codes(config.redis_url, clock), messages, rates, clock)
    candidates = CandidateServicer(
        store,
        clock,
        passwords=passwords,
        tokens=tokens,
        codes=codes,
        checker=PillowPhotoChecker(photo_threads, rules),
        rules=rules,
        sample=config.photo.sample.read_bytes(),
        blobs=blobs,
        register=register,
        rates=rates,
        registrations=config.registrations(),
    )
    desk = LoginDesk(
        store=store,
        clock=clock,
        passwords=passwords,
        tokens=tokens,
        throttle=LoginThrottle(rates, config.login.limits()),
        initial_for=config.initial_passwords_for,
        rates=rates,
        codes=codes,
        blobs=blobs,
        images=CheckedProofs(photo_threads),
        recovery_limits=config.recovery.limits(),
        change_limits=config.phone_change.limits(),
        change_rules=config.phone_change.rules(),
    )
    consumers = Consumers(store.within, config.phone_change.rules(), clock)
    return [
        (
            candidate_service_pb2.DESCRIPTOR.services_by_name["CandidateService"],
            candidate_service_pb2_grpc.add_CandidateServiceServicer_to_server,
            candidates,
        ),
        (
            login_service_pb2.DESCRIPTOR.services_by_name["LoginService"],
            login_service_pb2_grpc.add_LoginServiceServicer_to_server,
            LoginServicer(desk),
        ),
        (
            staff_service_pb2.DESCRIPTOR.services_by_name["StaffService"],
            staff_service_pb2_grpc.add_StaffServiceServicer_to_server,
            StaffServicer(store, clock, passwords=passwords),
        ),
        (
            standing_service_pb2.DESCRIPTOR.services_by_name["StandingService"],
            standing_service_pb2_grpc.add_StandingServiceServicer_to_server,
            StandingServicer(store),
        ),
        (
            case_candidate_service_pb2.DESCRIPTOR.services_by_name["CaseCandidateService"],
            case_candidate_service_pb2_grpc.add_CaseCandidateServiceServicer_to_server,
            CaseCandidateServicer(store, blobs=blobs, looks=looks),
        ),
        (
            external_system_service_pb2.DESCRIPTOR.services_by_name["ExternalSystemService"],
            external_system_service_pb2_grpc.add_ExternalSystemServiceServicer_to_server,
            outside,
        ),
        (
            correction_service_pb2.DESCRIPTOR.services_by_name["CorrectionService"],
            correction_service_pb2_grpc.add_CorrectionServiceServicer_to_server,
            CorrectionServicer(CorrectionDesk(store, clock, blobs, looks, corrections)),
        ),
        receives(EventReceiver(consumers.handlers, db, clock)),
    ]


@asynccontextmanager
async def _register(config: Config, line: Monitor, clock: Clock) -> AsyncIterator[FaceMatcher]:
    """The register that the configuration names (ID-7)."""
    if config.police is None:
        url = config.register_url or config.sandbox_url
        async with MonitoredClient(line) as http:
            yield SandboxRegister(http, url, timedelta(seconds=config.register_seconds))
        return
    async with police_register(config.police, line, clock) as register:
        yield register


async def _first_operator(config: Config, store: PostgresStore, passwords: Passwords, clock: Clock) -> None:
    login, password = config.bootstrap_operator_login, config.bootstrap_operator_password
    if login and password:
        await ensure_first_operator(login, password.get_secret_value(), store=store, passwords=passwords, clock=clock)


def encrypted_data(config: Config) -> EncryptedData:
    """What is sealed, for those who put it under another key."""
    return EncryptedData(tables.metadata, _cipher(config), _blobs(config), bound)


def _blobs(config: Config, line: Monitor | None = None) -> SealedBlobs:
    return SealedBlobs(open_store(config.blobs_url, config.blobs_options), _cipher(config), line)


def _cipher(config: Config) -> FieldCipher:
    return FieldCipher.of(*(secret.get_secret_value() for secret in (config.field_key, *config.retired_field_keys)))


def _key(secret: SecretStr) -> bytes:
    return bytes.fromhex(secret.get_secret_value())
