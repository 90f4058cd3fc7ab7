"""The wiring of the review service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import SystemRandom

from zikao.review.v1 import (
    external_system_service_pb2,
    external_system_service_pb2_grpc,
    review_service_pb2,
    review_service_pb2_grpc,
)

from chassis.clock import Clock, SystemClock
from chassis.events.relay import Relay, delivery_to
from chassis.media.blobs import SealedBlobs, open_store
from chassis.media.orphan_images import Sweep
from chassis.postgres.database import database
from chassis.postgres.kept_answers import Answers
from chassis.postgres.retention import ANSWERS, Retention
from chassis.process.external_systems import Monitor, Role, external_systems
from chassis.process.thread_pool import ThreadPool
from chassis.rpc.client import channels
from chassis.rpc.server import Server
from chassis.security.encryption import FieldCipher
from chassis.security.reencryption import Vault
from chassis.security.tokens import Signer, Verifier
from chassis.telemetry.tracing import telemetry
from services.review import tables
from services.review.adapters.images import PillowImages
from services.review.adapters.likeness import Comparison
from services.review.config import Config
from services.review.ports import Cases
from services.review.repository.cases import CaseRepository
from services.review.repository.likenesses import LikenessRepository
from services.review.repository.samples import SampleRepository
from services.review.servicer import Desk, ReviewServicer
from services.review.usecases.comparing import Lens

NAME = "review"


async def serve(config: Config) -> None:
    """Serves until told to stop."""
    async with telemetry(config.telemetry, NAME), review(config, SystemClock()) as service:
        background = [service.relay.run(), service.forgetting.run(), service.sweep.run()]
        await service.server.run(background=background)


@dataclass(frozen=True, slots=True)
class Review:
    """The service, wired: its server, its background jobs, and its store."""

    server: Server
    relay: Relay
    forgetting: Retention
    sweep: Sweep
    cases: Cases


@asynccontextmanager
async def review(config: Config, clock: Clock) -> AsyncIterator[Review]:
    """The service for the length of a block."""
    lot = SystemRandom()
    cipher = _cipher(config)
    with ThreadPool("images", most_waiting=config.images_waiting) as workshop:
        async with (
            database(config.database, NAME) as db,
            channels(config.peers, signer=Signer.load(config.keys_dir, NAME, clock), clock=clock) as peers,
            external_systems(db, clock) as outside,
        ):
            destinations = {"identity": delivery_to(peers.identity), "enrollment": delivery_to(peers.enrollment)}
            relay = Relay(db, destinations, clock)
            cases = CaseRepository(db, cipher, clock, relay.wake)
            blobs = _blobs(config, cipher, outside.monitor(Role.BLOB_STORE))
            desk = Desk(
                cases=cases,
                blobs=blobs,
                images=PillowImages(workshop),
                lens=Lens(LikenessRepository(db, cipher, clock), Comparison(workshop)),
                samples=SampleRepository(db, cipher, clock),
                clock=clock,
                claim_lease=config.claim_lease,
                sampled=lambda: lot.random() < config.double_review_share,
            )
            descriptor = review_service_pb2.DESCRIPTOR.services_by_name["ReviewService"]
            server = Server(
                config.server,
                clock=clock,
                verifier=Verifier.load(config.keys_dir, clock, audience=NAME),
                services=[
                    (descriptor, review_service_pb2_grpc.add_ReviewServiceServicer_to_server, ReviewServicer(desk)),
                    (
                        external_system_service_pb2.DESCRIPTOR.services_by_name["ExternalSystemService"],
                        external_system_service_pb2_grpc.add_ExternalSystemServiceServicer_to_server,
                        outside,
                    ),
                ],
                answers=Answers(db, clock),
                checks={"database": db.reachable},
            )
            sweep = Sweep(blobs, cases.named, clock)
            yield Review(server, relay, Retention(db, clock, [ANSWERS]), sweep, cases)


def vault(config: Config) -> Vault:
    """What is sealed, for those who put it under another key. Each value is bound to its row alone."""
    cipher = _cipher(config)
    return Vault(tables.metadata, cipher, _blobs(config, cipher), lambda row_id, _column: row_id)


def _blobs(config: Config, cipher: FieldCipher, line: Monitor | None = None) -> SealedBlobs:
    return SealedBlobs(open_store(config.blobs_url, config.blobs_options), cipher, line)


def _cipher(config: Config) -> FieldCipher:
    keys = [secret.get_secret_value() for secret in (config.field_key, *config.retired_field_keys)]
    return FieldCipher.of(*keys, earlier_names={"1": keys[-1]})
