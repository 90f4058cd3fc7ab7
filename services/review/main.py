"""The wiring of the review service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import SystemRandom

from zikao.review.v1 import (
    outside_service_pb2,
    outside_service_pb2_grpc,
    review_service_pb2,
    review_service_pb2_grpc,
)

from chassis.blobs import SealedBlobs, open_store
from chassis.client import channels
from chassis.clock import Clock, SystemClock
from chassis.crypto import FieldCipher
from chassis.db import database
from chassis.forgetting import ANSWERS, Forgetting
from chassis.idempotency import Answers
from chassis.outside import Line, Role, outside_systems
from chassis.reencryption import Vault
from chassis.relay import Relay, delivery_to
from chassis.server import Server
from chassis.sweeping import Sweep
from chassis.telemetry import telemetry
from chassis.tokens import Signer, Verifier
from chassis.workshop import Workshop
from services.review import tables
from services.review.clients.images import PillowImages
from services.review.clients.likeness import Comparison
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
    forgetting: Forgetting
    sweep: Sweep
    cases: Cases


@asynccontextmanager
async def review(config: Config, clock: Clock) -> AsyncIterator[Review]:
    """The service for the length of a block."""
    lot = SystemRandom()
    cipher = _cipher(config)
    with Workshop("images", most_waiting=config.images_waiting) as workshop:
        async with (
            database(config.database, NAME) as db,
            channels(config.peers, signer=Signer.load(config.keys_dir, NAME, clock), clock=clock) as peers,
            outside_systems(db, clock) as outside,
        ):
            destinations = {"identity": delivery_to(peers.identity), "enrollment": delivery_to(peers.enrollment)}
            relay = Relay(db, destinations, clock)
            cases = CaseRepository(db, cipher, clock, relay.wake)
            blobs = _blobs(config, cipher, outside.line(Role.BLOB_STORE))
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
                        outside_service_pb2.DESCRIPTOR.services_by_name["OutsideService"],
                        outside_service_pb2_grpc.add_OutsideServiceServicer_to_server,
                        outside,
                    ),
                ],
                answers=Answers(db, clock),
                checks={"database": db.reachable},
            )
            sweep = Sweep(blobs, cases.named, clock)
            yield Review(server, relay, Forgetting(db, clock, [ANSWERS]), sweep, cases)


def vault(config: Config) -> Vault:
    """What is sealed, for those who put it under another key. Each value is bound to its row alone."""
    cipher = _cipher(config)
    return Vault(tables.metadata, cipher, _blobs(config, cipher), lambda row_id, _column: row_id)


def _blobs(config: Config, cipher: FieldCipher, line: Line | None = None) -> SealedBlobs:
    return SealedBlobs(open_store(config.blobs_url, config.blobs_options), cipher, line)


def _cipher(config: Config) -> FieldCipher:
    keys = [secret.get_secret_value() for secret in (config.field_key, *config.retired_field_keys)]
    return FieldCipher.of(*keys, earlier_names={"1": keys[-1]})
