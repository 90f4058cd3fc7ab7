"""Review as it runs: a real server on a real PostgreSQL, images in a real folder, and somebody who hears decisions."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from zikao.review.v1 import audit_service_pb2_grpc, review_service_pb2_grpc
from zikao.review.v1 import review_service_pb2 as pb

from chassis.clock import ManualClock
from chassis.config import DatabaseConfig, PeersConfig, ServerConfig
from services.review import main
from services.review.config import Config
from tests.integration.review.running_review import RunningReview
from tests.support.credentials import Credentials
from tests.support.event_listener import EventListener
from tests.support.grpc_server import connected_peer

SERVICE = pb.DESCRIPTOR.services_by_name["ReviewService"]
StartReview = Callable[..., AbstractAsyncContextManager[RunningReview]]


@pytest.fixture
def start_review(database_url: str, tmp_path: Path, clock: ManualClock, credentials: Credentials) -> StartReview:
    """Runs review for the length of a block, with the settings given and with listeners of a test's own."""

    @asynccontextmanager
    async def start(
        *, listener: EventListener | None = None, enrollment: EventListener | None = None, **settings: Any
    ) -> AsyncIterator[RunningReview]:
        listener = listener or EventListener()
        async with listener.serving() as to_identity, (enrollment or listener).serving() as to_enrollment:
            config = Config(
                server=ServerConfig(),
                database=DatabaseConfig(url=database_url),
                peers=PeersConfig(identity=to_identity, enrollment=to_enrollment),
                keys_dir=credentials.keys_dir,
                **{"blobs_url": (tmp_path / "blobs").as_uri(), "field_key": "ab" * 32, "undo_time": 0, **settings},
            )
            async with (
                main.review(config, clock) as service,
                service.server.serving() as ports,
                connected_peer("review", ports.grpc, SERVICE) as peer,
            ):
                stub = review_service_pb2_grpc.ReviewServiceStub(peer)
                audit_stub = audit_service_pb2_grpc.AuditServiceStub(peer)
                yield RunningReview(service, clock, listener, stub, audit_stub, peer, credentials)

    return start


@pytest.fixture
async def review(start_review: StartReview) -> AsyncIterator[RunningReview]:
    """Review as it is usually set, but that decisions take effect at once: few tests are about RE-12."""
    async with start_review() as running:
        yield running


@pytest.fixture
async def undoing_review(start_review: StartReview) -> AsyncIterator[RunningReview]:
    """A review as it is usually set: a decision can be undone for ten seconds (RE-12)."""
    async with start_review(undo_time=timedelta(seconds=10)) as running:
        yield running


@pytest.fixture
async def sampling_review(start_review: StartReview) -> AsyncIterator[RunningReview]:
    """A review at which every decision is judged twice (RE-9)."""
    async with start_review(double_review_share=1.0) as running:
        yield running
