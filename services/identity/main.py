"""The wiring of the identity service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Final

from chassis.clock import Clock, SystemClock
from chassis.events.receiver import EventReceiver
from chassis.events.relay import Send, delivery_to
from chassis.external_systems.passive_health import Monitor, MonitoredClient, Role
from chassis.media.blobs import SealedBlobs, open_store
from chassis.media.orphan_images import orphan_images
from chassis.process.memory_budget import MemoryBudget, give_memory_back
from chassis.process.thread_pool import ThreadPool
from chassis.reencryption import EncryptedData
from chassis.security.encryption import BlindIndex
from chassis.security.one_time_codes import one_time_codes
from chassis.security.rate_limits import rate_limiter
from chassis.service import Infrastructure, Service, infrastructure, relay, retention_job, server
from chassis.telemetry.tracing import telemetry
from chassis.wiring import servicers_in
from services.identity import servicer, tables
from services.identity.adapters.candidate_data import RemoteCandidateData
from services.identity.adapters.device_tokens import SealedDeviceTokens
from services.identity.adapters.message_sender import HttpMessageSender
from services.identity.adapters.numbering_plans import PhoneNumberLibrary
from services.identity.adapters.passkey_verifier import WebAuthnPasskeyVerifier
from services.identity.adapters.password_guesser import ZxcvbnPasswordGuesser
from services.identity.adapters.password_hasher import Argon2PasswordHasher
from services.identity.adapters.photo_inspector import VipsPhotoChecker
from services.identity.adapters.police_registers.configured_register import configured_register
from services.identity.adapters.proof_checker import VipsProofChecker
from services.identity.adapters.review_cases import RemoteReviewCases, case_openings_to, case_withdrawals_to
from services.identity.adapters.sign_in_providers import oidc_sign_in_providers
from services.identity.config import Config
from services.identity.consumers import Consumers
from services.identity.dependencies import Dependencies
from services.identity.jobs.expired_records import expired_records
from services.identity.jobs.idle_accounts import idle_accounts
from services.identity.jobs.orphan_images import named_image_keys
from services.identity.jobs.outbox_tasks import outbox_senders
from services.identity.jobs.revocations import revocation_reading
from services.identity.repository.authentication.activity import ACTIVITY
from services.identity.repository.backlogs import count_backlogs
from services.identity.repository.outbox_destinations import FOLLOWER, IMPORTS, REVIEW_CASES, WITHDRAWN_CASES
from services.identity.repository.sealed_fields import FieldSealer, binding
from services.identity.repository.transactions import Transactions
from services.identity.usecases.authentication import second_factors
from services.identity.usecases.staff import ensure_first_operator

NAME: Final = "identity"


async def serve(config: Config) -> None:
    """Serves until told to stop."""
    give_memory_back()
    async with telemetry(config.telemetry, NAME), identity(config, SystemClock()) as service:
        await service.run()


@asynccontextmanager
async def identity(config: Config, clock: Clock, **overrides: Any) -> AsyncIterator[Service[Dependencies]]:
    """The service for the length of a block; `overrides` replace dependencies by name."""
    async with infrastructure(NAME, config, clock) as infra:
        deps = replace(await dependencies(config, infra), **overrides)
        images = orphan_images(deps.blobs, partial(named_image_keys, deps), clock)
        consumers = Consumers(deps)
        receiver = EventReceiver(consumers.handlers, infra.db, clock, together=consumers.together)
        servicers = [*servicers_in(servicer, deps), receiver]
        yield Service(
            deps,
            server(
                infra,
                servicers,
                activity=ACTIVITY,
                count_backlogs=partial(count_backlogs, infra.db),
                until={"first operator": partial(ensure_first_operator, deps)},
            ),
            relay(infra, _destinations(deps, infra)),
            jobs=[retention_job(infra), expired_records(deps), images, idle_accounts(deps), revocation_reading(deps)],
        )


async def dependencies(config: Config, infra: Infrastructure) -> Dependencies:
    """What the use cases work with; connections and threads end with the service."""
    monitor, resources = infra.external_systems.monitor, infra.resources
    http = await resources.enter_async_context(MonitoredClient(monitor(Role.MESSAGE_SENDER)))
    providers = await resources.enter_async_context(oidc_sign_in_providers(config, infra.clock, monitor))
    hashing = resources.enter_context(ThreadPool("passwords", most_waiting=config.passwords_waiting))
    checking = resources.enter_context(ThreadPool("photos", most_waiting=config.photos_waiting))
    memory = MemoryBudget(config.images_memory_bytes)
    sealer = FieldSealer(config.field_cipher(), BlindIndex(bytes.fromhex(config.index_key.get_secret_value())))
    transactions = Transactions(infra.db, sealer, infra.outbox_written)
    return Dependencies(
        config=config,
        clock=infra.clock,
        **transactions.alone(),
        transactions=transactions,
        face_matcher=await configured_register(config, infra.clock, monitor(Role.POLICE_REGISTER), resources),
        blobs=_blobs(config, monitor(Role.BLOB_STORE)),
        signer=infra.signer,
        revocations=infra.revocations,
        rates=rate_limiter(config.redis_url),
        codes=one_time_codes(config.redis_url, infra.clock),
        numbering_plans=PhoneNumberLibrary(),
        device_tokens=SealedDeviceTokens(config.field_cipher()),
        password_guesser=ZxcvbnPasswordGuesser(),
        password_hasher=Argon2PasswordHasher(hashing),
        passkey_verifier=WebAuthnPasskeyVerifier(config.public_origin),
        sign_in_providers=providers,
        photo_checker=VipsPhotoChecker(checking, memory, config.photo),
        proof_checker=VipsProofChecker(checking, memory),
        message_sender=HttpMessageSender(http, config.messages_url or config.sandbox_url, config.messages_timeout),
        review_cases=RemoteReviewCases(infra.peers.review),
        candidate_data=RemoteCandidateData(infra.peers),
        photo_sample=config.photo_sample.read_bytes(),
    )


async def reset_second_factors(config: Config, login_name: str, reason: str) -> None:
    """Takes lost factors away where no other operator can (ID-18). Raises NotFound for a name that no account has."""
    async with infrastructure(NAME, config, SystemClock()) as infra:
        deps = await dependencies(config, infra)
        staff = await deps.staff.get_staff_by_login_name(login_name)
        await second_factors.reset_second_factors(deps, staff.staff_id, reason, by="")


def encrypted_data(config: Config) -> EncryptedData:
    """What is sealed, for those who put it under another key."""
    return EncryptedData(tables.metadata, config.field_cipher(), _blobs(config), binding)


def _destinations(deps: Dependencies, infra: Infrastructure) -> dict[str, Send]:
    following, review = delivery_to(infra.peers.enrollment), infra.peers.review
    cases = {REVIEW_CASES: case_openings_to(review), WITHDRAWN_CASES: case_withdrawals_to(review)}
    return {FOLLOWER: following, IMPORTS: following, **cases, **outbox_senders(deps)}


def _blobs(config: Config, monitor: Monitor | None = None) -> SealedBlobs:
    return SealedBlobs(open_store(config.blobs_url, config.blobs_options), config.field_cipher(), monitor)
