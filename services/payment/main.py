"""The wiring of the payment service."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import httpx
from zikao.payment.v1 import (
    external_system_service_pb2,
    external_system_service_pb2_grpc,
    payment_service_pb2,
    payment_service_pb2_grpc,
    settlement_service_pb2,
    settlement_service_pb2_grpc,
)

from chassis.clock import Clock, SystemClock
from chassis.events.relay import Relay, delivery_to
from chassis.external_systems.monitors import Monitor, Role
from chassis.external_systems.records import ExternalSystems, external_systems
from chassis.postgres.database import Database, database
from chassis.rpc.client import Peers, channels
from chassis.rpc.server.grpc_server import Served, Server
from chassis.security.encryption import FieldCipher
from chassis.security.tokens import Signer, Verifier
from chassis.telemetry.tracing import telemetry
from services.payment.adapters.answers import platform
from services.payment.adapters.changes import changes
from services.payment.adapters.holidays import LibraryHolidays
from services.payment.adapters.pages import statement_page
from services.payment.adapters.portal import SandboxPortal
from services.payment.adapters.qr import qr_svg
from services.payment.adapters.sandbox import NAME as PLATFORM
from services.payment.adapters.sandbox import Account, SandboxProvider
from services.payment.adapters.signing import KeySigner
from services.payment.adapters.wechat.keys import Merchant
from services.payment.adapters.wechat.provider import NAME as WECHAT
from services.payment.adapters.wechat.provider import WeChatProvider
from services.payment.config import Config, ReceiptsConfig, ReconcilingConfig, RefundsConfig, SweepConfig
from services.payment.domain.guidance import Contact
from services.payment.domain.order import Terms
from services.payment.domain.receipts import ReceiptPace
from services.payment.domain.refund import RefundTerms
from services.payment.domain.schedule import Pace
from services.payment.mapping import OrderMapping
from services.payment.ports import Changes, PaymentProvider
from services.payment.ports.refunds import BankPayout
from services.payment.repository.accounts import AccountRepository
from services.payment.repository.batches import BatchRepository
from services.payment.repository.books import BookRepository
from services.payment.repository.calendar import CalendarRepository
from services.payment.repository.moves import LISTENER, MoveRepository
from services.payment.repository.orders import OrderRepository
from services.payment.repository.queue import QueueRepository
from services.payment.repository.receipts import ReceiptRepository
from services.payment.repository.refunds import RefundRepository
from services.payment.repository.waiting import WaitingRepository
from services.payment.servicer import PaymentServicer, SettlementServicer
from services.payment.usecases.issuing import Counter, Issuing
from services.payment.usecases.reconciling import Daily, DailyTerms, Reconciliation, ReconcilingLimits
from services.payment.usecases.refunder import Refunder
from services.payment.usecases.rounds import Limits
from services.payment.usecases.sweeping import Sweep
from services.payment.usecases.till import Till

NAME = "payment"


async def serve(config: Config) -> None:
    """Serves until told to stop."""
    clock = SystemClock()
    async with telemetry(config.telemetry, NAME), payment(config, clock) as service:
        work = [service.relay.run(), service.sweep.run(), service.issuing.run(), service.refunder.run()]
        await service.server.run(background=[*work, service.daily.run()])


@dataclass(frozen=True, slots=True)
class Payment:
    """The service, wired: its server and its background jobs."""

    server: Server
    relay: Relay
    sweep: Sweep
    issuing: Issuing
    daily: Daily
    refunder: Refunder
    till: Till


@asynccontextmanager
async def payment(config: Config, clock: Clock) -> AsyncIterator[Payment]:
    """The service for the length of a block."""
    async with (
        database(config.database, NAME) as db,
        channels(config.peers, signer=Signer.load(config.keys_dir, NAME, clock), clock=clock) as peers,
        external_systems(db, clock, WaitingRepository(db, _platforms(config), clock).count) as outside,
        _simulated(config, outside) as simulated,
        _wechat(config, outside) as wechat,
        _receipt_portal(config, outside.monitor(Role.RECEIPT_PORTAL)) as portal,
        changes(config.redis_url) as fan_out,
    ):
        relay = _relay(db, peers, clock)
        till = _till(config, db, relay, [*simulated, *wechat], fan_out, clock)
        signer = KeySigner.load(config.keys_dir, NAME)
        reconciliation = Reconciliation(till, BookRepository(db), signer, _reconciling(config.reconciling))
        server = Server(
            config.server,
            clock=clock,
            verifier=Verifier.load(config.keys_dir, clock, audience=NAME),
            services=_services(config, till, reconciliation, outside),
            checks={"database": db.reachable},
        )
        counter = Counter(till, ReceiptRepository(db), SandboxPortal(portal), _receipt_pace(config.receipts))
        issuing = Issuing(counter, _limits(config.receipts))
        sweep, refunder = Sweep(till, _limits(config.sweep)), Refunder(till, _limits(config.refunds))
        daily = Daily(reconciliation, _daily(config.reconciling))
        yield Payment(server, relay, sweep, issuing, daily, refunder, till)


def _relay(db: Database, peers: Peers, clock: Clock) -> Relay:
    return Relay(db, {LISTENER: delivery_to(peers.enrollment)}, clock)


def _till(
    config: Config, db: Database, relay: Relay, providers: Sequence[PaymentProvider], fan_out: Changes, clock: Clock
) -> Till:
    return Till(
        orders=OrderRepository(db),
        moves=MoveRepository(db, relay.wake),
        queue=QueueRepository(db),
        calendar=CalendarRepository(db, LibraryHolidays()),
        changes=fan_out,
        providers={provider.name: provider for provider in providers},
        provider=config.provider,
        clock=clock,
        terms=Terms(timedelta(minutes=config.terms.qr_minutes), timedelta(hours=config.terms.order_hours)),
        pace=_pace(config),
        patience=timedelta(minutes=config.terms.bank_minutes),
        refunds=RefundRepository(db, relay.wake),
        batches=BatchRepository(db),
        accounts=AccountRepository(db, _cipher(config)),
        payouts={provider.name: provider for provider in providers if isinstance(provider, BankPayout)},
        refund_terms=_refund_terms(config.refunds),
    )


def _services(config: Config, till: Till, reconciliation: Reconciliation, outside: ExternalSystems) -> list[Served]:
    shown = OrderMapping(Contact(config.contact.zh, config.contact.en), till.pace)
    watch_lasting = timedelta(seconds=config.pace.watch_seconds)
    return [
        (
            payment_service_pb2.DESCRIPTOR.services_by_name["PaymentService"],
            payment_service_pb2_grpc.add_PaymentServiceServicer_to_server,
            PaymentServicer(till, shown, qr_svg, watch_lasting),
        ),
        (
            settlement_service_pb2.DESCRIPTOR.services_by_name["SettlementService"],
            settlement_service_pb2_grpc.add_SettlementServiceServicer_to_server,
            SettlementServicer(till, reconciliation, statement_page),
        ),
        (
            external_system_service_pb2.DESCRIPTOR.services_by_name["ExternalSystemService"],
            external_system_service_pb2_grpc.add_ExternalSystemServiceServicer_to_server,
            outside,
        ),
    ]


def _account(config: Config) -> Account:
    keys, ours = config.keys_dir / "sandbox", config.sandbox
    return Account(
        merchant=ours.merchant,
        private_key=ours.private_key or keys / "merchants" / f"{ours.merchant}.pem",
        platform_keys=ours.platform_keys or keys,
        notify_url=ours.notify_url or f"{config.gateway_url}/v1/payment-notifications/{PLATFORM}",
    )


def _pace(config: Config) -> Pace:
    pace = config.pace
    return Pace(
        first=timedelta(seconds=pace.first_seconds),
        longest=timedelta(seconds=pace.longest_seconds),
        growth=pace.growth,
        held=timedelta(seconds=pace.held_seconds),
        throttle=timedelta(seconds=pace.throttle_seconds),
        page=timedelta(seconds=pace.page_seconds),
    )


def _reconciling(config: ReconcilingConfig) -> ReconcilingLimits:
    return ReconcilingLimits(config.lines, config.concurrency, timedelta(seconds=config.lease_seconds))


def _daily(config: ReconcilingConfig) -> DailyTerms:
    return DailyTerms(config.hour, config.days, timedelta(seconds=config.pause_seconds))


def _platforms(config: Config) -> Sequence[str]:
    """The platforms that are wired, by name."""
    return [*([PLATFORM] if config.sandbox.enabled else []), *([WECHAT] if config.wechat else [])]


@asynccontextmanager
async def _simulated(config: Config, outside: ExternalSystems) -> AsyncIterator[Sequence[SandboxProvider]]:
    """The simulated platform, unless it is switched off."""
    if not config.sandbox.enabled:
        yield []
        return
    line = outside.monitor(Role.PAYMENT_PLATFORM, PLATFORM)
    async with platform(config.sandbox_url, config.sandbox.timeout_seconds, config.sandbox.connections, line) as http:
        yield [SandboxProvider(_account(config), http, SystemClock())]


@asynccontextmanager
async def _wechat(config: Config, outside: ExternalSystems) -> AsyncIterator[Sequence[PaymentProvider]]:
    """WeChat Pay where there is an account, whether or not new payments go there: earlier ones are settled there."""
    ours = config.wechat
    if ours is None:
        yield []
        return
    merchant = Merchant(
        merchant=ours.merchant,
        app_id=ours.app_id,
        certificate_serial=ours.certificate_serial,
        private_key=ours.private_key,
        api_v3_key=ours.api_v3_key.get_secret_value(),
        platform_keys=ours.platform_keys,
        notify_url=ours.notify_url or f"{config.gateway_url}/v1/payment-notifications/{WECHAT}",
    )
    line = outside.monitor(Role.PAYMENT_PLATFORM, WECHAT)
    async with platform(ours.base_url, ours.timeout_seconds, ours.connections, line) as http:
        yield [WeChatProvider(merchant, http, SystemClock())]


def _receipt_portal(config: Config, line: Monitor) -> AbstractAsyncContextManager[httpx.AsyncClient]:
    limits = config.receipts
    return platform(config.receipts_url or config.sandbox_url, limits.timeout_seconds, limits.concurrency, line)


def _refund_terms(config: RefundsConfig) -> RefundTerms:
    return RefundTerms(
        days=config.days,
        first=timedelta(seconds=config.first_seconds),
        longest=timedelta(seconds=config.longest_seconds),
        growth=config.growth,
    )


def _cipher(config: Config) -> FieldCipher:
    """Keys are named by their hash, so that rotation needs no names in the configuration."""
    keys = [bytes.fromhex(secret.get_secret_value()) for secret in (config.field_key, *config.retired_field_keys)]
    return FieldCipher({hashlib.sha256(key).hexdigest()[:8]: key for key in keys})


def _limits(work: SweepConfig | ReceiptsConfig | RefundsConfig) -> Limits:
    return Limits(
        batch=work.batch,
        concurrency=work.concurrency,
        per_second=work.per_second,
        lease=timedelta(seconds=work.lease_seconds),
        pause=timedelta(seconds=work.pause_seconds),
    )


def _receipt_pace(config: ReceiptsConfig) -> ReceiptPace:
    return ReceiptPace(
        first=timedelta(seconds=config.first_seconds),
        growth=config.growth,
        longest=timedelta(seconds=config.longest_seconds),
        patience=timedelta(days=config.overdue_days),
    )
