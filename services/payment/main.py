"""The wiring of the payment service."""

from asyncio import Semaphore
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final

from chassis.clock import Clock, SystemClock
from chassis.events.relay import delivery_to
from chassis.process.background_tasks import BackgroundTasks
from chassis.security.encryption import FieldCipher
from chassis.service import Infrastructure, Service, infrastructure, relay, retention_job, revocation_watch, server
from chassis.telemetry.tracing import telemetry
from chassis.wiring import build, servicers_in
from services.payment import servicer
from services.payment.adapters.order_change_pubsub import order_changes
from services.payment.adapters.platforms import payment_platforms, receipt_portal
from services.payment.adapters.published_holidays import LibraryHolidays
from services.payment.adapters.qr_images import qr_svg
from services.payment.adapters.statement_html import statement_page
from services.payment.adapters.statement_signing import KeySigner
from services.payment.config import Config
from services.payment.dependencies import Dependencies
from services.payment.jobs.daily_reconciliation import daily_reconciliation
from services.payment.jobs.order_reminders import order_reminders
from services.payment.jobs.receipt_collection import receipt_collection, receipt_dating
from services.payment.jobs.refunds import refund_batches, refund_execution
from services.payment.jobs.unsettled_polling import unsettled_polling
from services.payment.repository.activity import ACTIVITY
from services.payment.repository.backlogs import BacklogRepository
from services.payment.repository.order_moves import ENROLLMENT, IDENTITY
from services.payment.repository.working_days import WorkingDayRepository

NAME: Final = "payment"


async def serve(config: Config) -> None:
    """Serves until told to stop."""
    async with telemetry(config.telemetry, NAME), payment(config, SystemClock()) as service:
        await service.run()


@asynccontextmanager
async def payment(config: Config, clock: Clock, **overrides: Any) -> AsyncIterator[Service[Dependencies]]:
    """The service for the length of a block; `overrides` replace dependencies by name."""
    async with infrastructure(NAME, config, clock) as infra:
        deps = replace(await dependencies(config, infra), **overrides)
        yield Service(
            deps,
            server(
                infra,
                [*servicers_in(servicer, deps)],
                activity=ACTIVITY,
                count_backlogs=deps.backlogs.count_backlogs,
            ),
            relay(
                infra, {ENROLLMENT: delivery_to(infra.peers.enrollment), IDENTITY: delivery_to(infra.peers.identity)}
            ),
            jobs=[
                unsettled_polling(deps).job(),
                order_reminders(deps),
                receipt_collection(deps).job(),
                receipt_dating(deps),
                refund_execution(deps).job(),
                refund_batches(deps),
                daily_reconciliation(deps),
                retention_job(infra),
                revocation_watch(infra),
            ],
        )


async def dependencies(config: Config, infra: Infrastructure) -> Dependencies:
    """What the use cases work with; connections and tasks end with the service."""
    opened = infra.resources.enter_async_context
    providers = await opened(payment_platforms(config, infra.external_systems))
    return build(
        Dependencies,
        {**infra.values(), FieldCipher: _cipher(config)},
        config=config,
        clock=infra.clock,
        working_days=WorkingDayRepository(infra.db, LibraryHolidays()),
        backlogs=BacklogRepository(infra.db, providers, infra.clock),
        providers=providers,
        receipt_portal=await opened(receipt_portal(config, infra.external_systems)),
        order_changes=await opened(order_changes(config.redis_url)),
        page_questions=Semaphore(config.pace.pages_at_once),
        statement_signer=KeySigner.load(config.keys_dir, NAME),
        draw_qr_code=qr_svg,
        draw_statement=statement_page,
        tasks=await opened(BackgroundTasks()),
    )


def _cipher(config: Config) -> FieldCipher:
    return FieldCipher.of(*(secret.get_secret_value() for secret in (config.field_key, *config.retired_field_keys)))
