"""The wiring of the enrollment service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final

from chassis.clock import Clock, SystemClock
from chassis.events.inline_completions import InlineCompletions
from chassis.process.thread_pool import ThreadPool
from chassis.security.rate_limits import rate_limiter
from chassis.service import Infrastructure, Service, infrastructure, relay, retention_job, revocation_watch, server
from chassis.telemetry.tracing import telemetry
from chassis.wiring import build, servicers_in
from services.enrollment import servicer
from services.enrollment.adapters.identity import IdentityService
from services.enrollment.adapters.payment import PaymentService
from services.enrollment.adapters.solver.highs import HighsSolver
from services.enrollment.adapters.xlsx_reader import XlsxReader
from services.enrollment.config import Config
from services.enrollment.consumers import event_receiver
from services.enrollment.dependencies import Dependencies
from services.enrollment.jobs.ended_accounts import ended_accounts
from services.enrollment.jobs.outbox_senders import destinations
from services.enrollment.jobs.practice_time_assignment import collision_resolution
from services.enrollment.jobs.session_deadlines import SessionDeadlines
from services.enrollment.jobs.session_notices import session_notices
from services.enrollment.jobs.window_announcements import window_announcements
from services.enrollment.repository.activity import ACTIVITY
from services.enrollment.repository.catalogues.catalogue import CatalogueRepository
from services.enrollment.repository.catalogues.catalogue_cache import CatalogueCache

NAME: Final = "enrollment"


async def serve(config: Config) -> None:
    """Serves until told to stop."""
    async with telemetry(config.telemetry, NAME), enrollment(config, SystemClock()) as service:
        await service.run()


@asynccontextmanager
async def enrollment(config: Config, clock: Clock, **overrides: Any) -> AsyncIterator[Service[Dependencies]]:
    """The service for the length of a block; `overrides` replace dependencies by name."""
    async with infrastructure(NAME, config, clock) as infra:
        deps = replace(await dependencies(config, infra), **overrides)
        yield Service(
            deps,
            server(infra, [*servicers_in(servicer, deps), event_receiver(deps, infra.db)], activity=ACTIVITY),
            relay(infra, destinations(deps, infra.peers)),
            jobs=[
                deps.inline_completions,
                retention_job(infra),
                revocation_watch(infra),
                SessionDeadlines(deps).job(),
                session_notices(deps),
                collision_resolution(deps),
                ended_accounts(deps),
                window_announcements(deps),
            ],
        )


async def dependencies(config: Config, infra: Infrastructure) -> Dependencies:
    """What the use cases work with; threads end with the service."""
    threads = infra.resources.enter_context(ThreadPool("work", most_waiting=config.work_waiting))
    catalogue = CatalogueRepository(infra.db, infra.clock)
    inline_completions = InlineCompletions(infra.db)
    return build(
        Dependencies,
        {**infra.values(), InlineCompletions: inline_completions, CatalogueRepository: catalogue},
        config=config,
        clock=infra.clock,
        inline_completions=inline_completions,
        catalogue=catalogue,
        catalogue_cache=CatalogueCache(catalogue, infra.clock, config.catalogue_readable_for),
        rates=rate_limiter(config.redis_url),
        identity=IdentityService(infra.peers.identity),
        payment=PaymentService(infra.peers.payment),
        plan_solver=HighsSolver(threads),
        spreadsheets=XlsxReader(threads),
    )
