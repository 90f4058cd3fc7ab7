"""The wiring of the review service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from random import SystemRandom
from typing import Any, Final

from chassis.clock import Clock, SystemClock
from chassis.events.relay import delivery_to
from chassis.external_systems.passive_health import Monitor, Role
from chassis.media.blobs import SealedBlobs, open_store
from chassis.media.orphan_images import orphan_images
from chassis.process.memory_budget import MemoryBudget, give_memory_back
from chassis.process.thread_pool import ThreadPool
from chassis.reencryption import EncryptedData
from chassis.security.encryption import FieldCipher
from chassis.service import Infrastructure, Service, infrastructure, relay, retention_job, revocation_watch, server
from chassis.telemetry.tracing import telemetry
from chassis.wiring import build, servicers_in
from services.review import servicer, tables
from services.review.adapters.image_checker import VipsImageChecker
from services.review.adapters.image_comparison import OpenCvImageComparer
from services.review.config import Config
from services.review.dependencies import Dependencies

NAME: Final = "review"


async def serve(config: Config) -> None:
    """Serves until told to stop."""
    give_memory_back()
    async with telemetry(config.telemetry, NAME), review(config, SystemClock()) as service:
        await service.run()


@asynccontextmanager
async def review(config: Config, clock: Clock, **overrides: Any) -> AsyncIterator[Service[Dependencies]]:
    """The service for the length of a block; `overrides` replace dependencies by name."""
    async with infrastructure(NAME, config, clock) as infra:
        deps = replace(await dependencies(config, infra), **overrides)
        yield Service(
            deps,
            server(infra, [*servicers_in(servicer, deps)]),
            relay(infra, {peer.name: delivery_to(peer) for peer in (infra.peers.identity, infra.peers.enrollment)}),
            jobs=[
                retention_job(infra),
                revocation_watch(infra),
                orphan_images(deps.blobs, deps.cases.named_image_keys, clock),
            ],
        )


async def dependencies(config: Config, infra: Infrastructure) -> Dependencies:
    """What the use cases work with; threads end with the service."""
    threads = infra.resources.enter_context(ThreadPool("images", most_waiting=config.images_waiting))
    cipher = _cipher(config)
    return build(
        Dependencies,
        {**infra.values(), FieldCipher: cipher},
        config=config,
        clock=infra.clock,
        blobs=_blobs(config, cipher, infra.external_systems.monitor(Role.BLOB_STORE)),
        image_checker=VipsImageChecker(threads, MemoryBudget(config.images_memory_bytes)),
        image_comparer=OpenCvImageComparer(threads),
        random=SystemRandom().random,
    )


def encrypted_data(config: Config) -> EncryptedData:
    """What is sealed, for those who put it under another key. Each value is bound to its row alone."""
    cipher = _cipher(config)
    return EncryptedData(tables.metadata, cipher, _blobs(config, cipher), lambda row_id, _column: row_id)


def _blobs(config: Config, cipher: FieldCipher, monitor: Monitor | None = None) -> SealedBlobs:
    return SealedBlobs(open_store(config.blobs_url, config.blobs_options), cipher, monitor)


def _cipher(config: Config) -> FieldCipher:
    keys = [secret.get_secret_value() for secret in (config.field_key, *config.retired_field_keys)]
    return FieldCipher.of(*keys, earlier_names={"1": keys[-1]})
