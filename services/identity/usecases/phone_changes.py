"""Changing the phone without access to the old one (ID-11), from the login page without logging in."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from chassis.clock import SHANGHAI, Clock
from chassis.errors import Contention
from chassis.ids import derived_id, secret_id
from chassis.security.rate_limits import Rate, RateLimiter
from services.identity.domain.candidate import Candidate, normal_name, with_phone
from services.identity.domain.contact import masked_phone, normal_phone
from services.identity.domain.documents import DocumentType, parse
from services.identity.domain.phone_changes import (
    OVER,
    PhoneChange,
    PhoneChangeEvent,
    PhoneChangeRules,
    PhoneChangeState,
    Proof,
    as_of,
    decided,
    fits,
    image_key,
    new_phone_change,
    require_open_for_proofs,
    settled,
    submitted,
    with_proof,
    without_images,
)
from services.identity.ports import PhoneChanges, Store
from services.identity.ports.cases import PhoneChangeCases
from services.identity.ports.images import BlobStore, ProofImages
from services.identity.ports.messages import Channel, MessageSender, OutgoingMessage
from services.identity.usecases.accounts import today
from services.identity.usecases.changes import ROUNDS
from services.identity.usecases.contact import ContactCodes

PURPOSE: Final = "phone change"
PROOFS_PER_REQUEST: Final = Rate("phone change proofs", 30, timedelta(hours=1))
FORGOTTEN_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class PhoneChangeLimits:
    """How often strangers may ask: codes and requests of a source in an hour, requests for a new phone in a day."""

    codes_per_source: int = 60
    per_source: int = 60
    per_phone: int = 5

    def codes_of_source(self) -> Rate:
        """Codes that a network address asks for."""
        return Rate("phone change codes from source", self.codes_per_source, timedelta(hours=1))

    def of_source(self) -> Rate:
        """Requests of a network address."""
        return Rate("phone changes from source", self.per_source, timedelta(hours=1))

    def of_phone(self) -> Rate:
        """Requests for one new phone."""
        return Rate("phone changes to phone", self.per_phone, timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Claim:
    """Who somebody says they are, and the phone they want."""

    document_type: DocumentType
    document_number: str = field(repr=False)
    name: str = field(repr=False)
    new_phone: str = field(repr=False)
    code: str = field(repr=False)


async def send_change_code(
    phone: str, source: str, *, contact: ContactCodes, rates: RateLimiter, limits: PhoneChangeLimits
) -> None:
    """Sends a code to the new phone. Raises InvalidPhone, TooManyRequests, MessagesUnavailable."""
    to = normal_phone(phone, field="new_phone")
    await rates.hit(limits.codes_of_source(), source)
    await contact.send(PURPOSE, to, Channel.SMS, to, carries=to)


async def ask_for_change(
    claim: Claim,
    source: str,
    *,
    store: Store,
    contact: ContactCodes,
    rates: RateLimiter,
    limits: PhoneChangeLimits,
    rules: PhoneChangeRules,
    clock: Clock,
) -> PhoneChange:
    """A request, which fits a person or, without saying so, nobody.

    Raises InvalidDocumentNumber, InvalidName, InvalidPhone, TooManyRequests, CodeInvalid.
    """
    document = parse(claim.document_type, claim.document_number, today=today(clock))
    name, phone = normal_name(claim.name), normal_phone(claim.new_phone, field="new_phone")
    await rates.hit(limits.of_source(), source)
    await contact.redeem(PURPOSE, phone, claim.code)
    await rates.hit(limits.of_phone(), phone)
    candidate = await store.candidates.of_person(document)
    candidate_id = candidate.candidate_id if candidate is not None and fits(candidate, name) else ""
    request = new_phone_change(secret_id(), candidate_id, phone, rules=rules, at=clock.now())
    await store.phone_changes.add(request)
    return request


async def read_change(phone_change_id: str, *, store: Store, rules: PhoneChangeRules, clock: Clock) -> PhoneChange:
    """Where a request stands. Raises NotFound."""
    return as_of(await store.phone_changes.get(phone_change_id), clock.now(), rules)


async def add_proof(
    phone_change_id: str,
    proof: Proof,
    upload: bytes,
    *,
    store: Store,
    images: ProofImages,
    blobs: BlobStore,
    rates: RateLimiter,
    rules: PhoneChangeRules,
    clock: Clock,
) -> PhoneChange:
    """One of the three proofs (RE-3). The image is kept, under its own digest, before the request names it: what a
    reviewer will see cannot change under a submission.

    Raises NotFound, PhoneChangeSubmitted, PhoneChangeExpired, ImageRefused, TooManyRequests, Overloaded.
    """
    known = await store.phone_changes.get(phone_change_id)
    digest, now = hashlib.sha256(upload).hexdigest(), clock.now()
    if with_proof(known, proof, digest, rules=rules, at=now) is known:
        return known
    require_open_for_proofs(known, rules=rules, at=now)
    await rates.hit(PROOFS_PER_REQUEST, phone_change_id)
    await blobs.put(image_key(phone_change_id, digest), await images.checked(upload))
    return await _change(
        store.phone_changes, phone_change_id, lambda request: with_proof(request, proof, digest, rules=rules, at=now)
    )


async def submit_change(phone_change_id: str, *, store: Store, rules: PhoneChangeRules, clock: Clock) -> PhoneChange:
    """Handed to the exam authority. Raises NotFound, ProofsMissing, PhoneChangeExpired."""
    now = clock.now()
    request = await _change(store.phone_changes, phone_change_id, lambda known: submitted(known, rules=rules, at=now))
    return as_of(request, now, rules)


async def hand_in(phone_change_id: str, *, store: Store, blobs: BlobStore, cases: PhoneChangeCases) -> None:
    """A submission brought to review: the case opened, its proofs added, the case submitted. Safe to repeat."""
    request = await store.phone_changes.get(phone_change_id)
    candidate = await store.candidates.get(request.candidate_id)
    images = {proof: await blobs.get(image_key(phone_change_id, digest)) for proof, digest in request.proofs.items()}
    await cases.hand_in(request, candidate, images)


async def decide_change(
    phone_change_id: str,
    decision: PhoneChangeEvent,
    note: str,
    *,
    store: Store,
    rules: PhoneChangeRules,
    clock: Clock,
) -> PhoneChange:
    """What the exam authority decided takes effect: an approval at once, or when its cooling-off time is over (RE-6).

    `store` is inside the transaction that notes the decision as received.
    """
    now = clock.now()
    candidate = await store.candidates.get((await store.phone_changes.get(phone_change_id)).candidate_id)
    await _change(
        store.phone_changes,
        phone_change_id,
        lambda known: decided(known, decision, note, candidate, rules=rules, at=now),
    )
    return await _settle(phone_change_id, candidate, store, now)


async def take_effect(phone_change_id: str, *, store: Store, clock: Clock) -> PhoneChange:
    """An approved change whose time has come: the new phone on record. Safe to repeat."""
    async with store.transaction() as together:
        request = await together.phone_changes.get(phone_change_id)
        candidate = await together.candidates.get(request.candidate_id)
        return await _settle(phone_change_id, candidate, together, clock.now())


async def _settle(phone_change_id: str, candidate: Candidate, store: Store, now: datetime) -> PhoneChange:
    """The change and the account together; the account must still be the one that the decision was made on.

    All login sessions end: who could not reach the old phone may have lost it with a login session on it, and whoever
    logs in afterwards proves to know the password.
    """
    before = await store.phone_changes.get(phone_change_id)
    after = await _change(store.phone_changes, phone_change_id, lambda known: settled(known, candidate, at=now))
    if before.state is PhoneChangeState.APPROVED and after.state is PhoneChangeState.EFFECTIVE:
        if not await store.candidates.replace(candidate, with_phone(candidate, after.new_phone, at=now)):
            raise Contention()
        await store.logins.end_all(after.candidate_id, at=now)
    return after


async def tell(phone_change_id: str, state: PhoneChangeState, *, store: Store, sender: MessageSender) -> None:
    """Tells the old phone and the new one (ID-11). Telling again sends nothing twice. Raises MessagesUnavailable."""
    request = await store.phone_changes.get(phone_change_id)
    for phone in {request.old_phone, request.new_phone} - {""}:
        message_id = derived_id(PURPOSE, phone_change_id, state.value, phone)
        text = _TEXTS[state].format(phone=masked_phone(request.new_phone), time=_shown(request.effective_time))
        await sender.send(OutgoingMessage(message_id, Channel.SMS, phone, PURPOSE, text))


async def forget_images(
    before: datetime, *, store: Store, blobs: BlobStore, rules: PhoneChangeRules, clock: Clock
) -> int:
    """Removes the images of requests that have been over since before an instant: review keeps those it decided on."""
    now, forgotten = clock.now(), 0
    for request in await store.phone_changes.over_with_images(before, FORGOTTEN_AT_ONCE):
        known = as_of(request, now, rules)
        if known.state not in OVER or not await store.phone_changes.replace(request, without_images(known, at=now)):
            continue
        for digest in request.proofs.values():
            await blobs.delete(image_key(request.phone_change_id, digest))
        forgotten += 1
    return forgotten


async def _change(
    changes: PhoneChanges, phone_change_id: str, decide: Callable[[PhoneChange], PhoneChange]
) -> PhoneChange:
    """The request as `decide` makes it of the present one. Raises what `decide` raises, NotFound, Contention."""
    for _ in range(ROUNDS):
        before = await changes.get(phone_change_id)
        after = decide(before)
        if after is before or await changes.replace(before, after):
            return after
    raise Contention()


_TEXTS: Final[Mapping[PhoneChangeState, str]] = {
    PhoneChangeState.APPROVED: (
        "【自考报名】您的注册手机号将于{time}更改为{phone}。如非本人操作，请在此之前登录并重新验证手机号。"
        "Your phone on record will become {phone} at {time}; if this was not you, log in and verify a phone before."
    ),
    PhoneChangeState.EFFECTIVE: (
        "【自考报名】您的注册手机号已更改为{phone}。如非本人操作，请联系考试院。Your phone on record is now {phone}."
    ),
}


def _shown(instant: datetime | None) -> str:
    return instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if instant else ""
