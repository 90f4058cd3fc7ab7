"""Changing the phone without access to the old one (ID-11), from the login page without logging in."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from chassis.errors import Contention
from chassis.ids import secret_id
from chassis.optimistic_retry import until_applied
from chassis.security.rate_limits import Rate
from services.identity.dependencies import Dependencies
from services.identity.domain.attempt_limits import CodeAsker
from services.identity.domain.authentication.password_recoveries import verified_address
from services.identity.domain.authentication.recovery_contacts import Contact
from services.identity.domain.candidates import Candidate, normal_name, with_phone
from services.identity.domain.contact_addresses import ContactChannel, masked_phone, normal_phone
from services.identity.domain.documents import parse
from services.identity.domain.login_sessions import Device
from services.identity.domain.messages.message_kinds import Message, MessageKind
from services.identity.domain.reviewed_phone_changes import (
    OVER,
    Claim,
    PhoneChange,
    PhoneChangeEvent,
    PhoneChangeState,
    Proof,
    as_of,
    claimed_account,
    decided,
    image_key,
    new_phone_change,
    require_open_for_proofs,
    settled,
    submitted,
    with_proof,
    without_images,
)
from services.identity.usecases.authentication.known_devices import is_known_device
from services.identity.usecases.authentication.revocations import learn_revocations
from services.identity.usecases.candidate_accounts import today
from services.identity.usecases.contact_codes import SentCode, last_address, redeemed_code, require_reachable, send_code
from services.identity.usecases.messages import tell

PURPOSE: Final = "phone change"
PROOFS_PER_REQUEST: Final = Rate("phone change proofs", 30, timedelta(hours=1))
DELETED_AT_ONCE: Final = 100


async def send_phone_change_code(deps: Dependencies, phone: str, code_id: str, device: Device) -> tuple[str, SentCode]:
    """Sends a code to the new phone, for the first time or, with the id of the code before, again, then without the
    phone too. The id of the code, which only its asker knows: nobody else's codes and tries touch it (F-28).

    Raises InvalidPhone, PhoneNotServed, TooManyRequests, MessagesUnavailable.
    """
    to = normal_phone(phone or await last_address(deps, PURPOSE, code_id), field="new_phone")
    require_reachable(deps, to, field="new_phone")
    most = deps.config.phone_change.codes_per_source
    asker = CodeAsker.KNOWN if is_known_device(deps, device.token) else CodeAsker.STRANGER
    if asker is CodeAsker.STRANGER:
        await deps.rates.hit(Rate("phone change codes from source", most, timedelta(hours=1)), device.source)
    owner = code_id or secret_id()
    return owner, await send_code(deps, PURPOSE, owner, ContactChannel.PHONE, to, asker)


async def create_phone_change(deps: Dependencies, claim: Claim, source: str) -> PhoneChange:
    """A request for the phone that the code went to, which fits a person or, without saying so, nobody.

    Raises InvalidDocumentNumber, InvalidName, TooManyRequests, CodeInvalid.
    """
    rules = deps.config.phone_change
    document = parse(claim.document_type, claim.document_number, today=today(deps.clock))
    name = normal_name(claim.name)
    await deps.rates.hit(Rate("phone changes from source", rules.per_source, timedelta(hours=1)), source)
    async with redeemed_code(deps, PURPOSE, claim.code_id, claim.code) as phone:
        await deps.rates.hit(Rate("phone changes to phone", rules.per_phone, timedelta(days=1)), phone)
        candidate = claimed_account(await deps.candidates.list_carriers([document]), name)
        candidate_id = candidate.candidate_id if candidate else ""
        request = new_phone_change(secret_id(), candidate_id, phone, rules=rules, at=deps.clock.now())
        await deps.phone_changes.add_phone_change(request)
    return request


async def get_phone_change(deps: Dependencies, phone_change_id: str) -> PhoneChange:
    """Where a request stands. Raises NotFound."""
    return _now(deps, await deps.phone_changes.get_phone_change(phone_change_id))


async def add_proof(deps: Dependencies, phone_change_id: str, proof: Proof, upload: bytes) -> PhoneChange:
    """One of the three proofs (RE-3). The image is kept, under its own digest, before the request names it: what a
    reviewer will see cannot change under a submission.

    Raises NotFound, PhoneChangeSubmitted, PhoneChangeExpired, ImageRefused, TooManyRequests, Overloaded.
    """
    known, rules = await deps.phone_changes.get_phone_change(phone_change_id), deps.config.phone_change
    digest, now = hashlib.sha256(upload).hexdigest(), deps.clock.now()
    if with_proof(known, proof, digest, rules=rules, at=now) is known:
        return known
    require_open_for_proofs(known, rules=rules, at=now)
    await deps.rates.hit(PROOFS_PER_REQUEST, phone_change_id)
    await deps.blobs.put(image_key(phone_change_id, digest), await deps.proof_checker.checked(upload))
    return await _change(deps, phone_change_id, lambda request: with_proof(request, proof, digest, rules=rules, at=now))


async def submit_phone_change(deps: Dependencies, phone_change_id: str) -> PhoneChange:
    """Handed to the exam authority. Raises NotFound, ProofsMissing, PhoneChangeExpired."""
    now, rules = deps.clock.now(), deps.config.phone_change
    return _now(deps, await _change(deps, phone_change_id, lambda known: submitted(known, rules=rules, at=now)))


async def hand_in_phone_change(deps: Dependencies, phone_change_id: str) -> None:
    """A submission brought to review: the case opened, its proofs added, the case submitted. Safe to repeat."""
    request = await deps.phone_changes.get_phone_change(phone_change_id)
    candidate = await deps.candidates.get_candidate(request.candidate_id)
    keys = {proof: image_key(phone_change_id, digest) for proof, digest in request.proofs.items()}
    images = {proof: await deps.blobs.get(key) for proof, key in keys.items()}
    await deps.review_cases.hand_in_phone_change(request, candidate, images)


async def decide_phone_change(
    deps: Dependencies, phone_change_id: str, decision: PhoneChangeEvent, note: str
) -> PhoneChange:
    """What the exam authority decided takes effect: an approval at once, or when its cooling-off time is over (RE-6).

    `deps` are inside the transaction that notes the decision as received.
    """
    now, rules = deps.clock.now(), deps.config.phone_change
    request = await deps.phone_changes.get_phone_change(phone_change_id)
    candidate = await deps.candidates.get_candidate(request.candidate_id)
    await _change(deps, phone_change_id, lambda known: decided(known, decision, note, candidate, rules=rules, at=now))
    return await _settle(deps, phone_change_id, candidate, now)


async def settle_phone_change(deps: Dependencies, phone_change_id: str) -> PhoneChange:
    """An approved change whose time has come: the new phone on record. Safe to repeat."""
    async with deps.transaction() as together:
        request = await together.phone_changes.get_phone_change(phone_change_id)
        candidate = await together.candidates.get_candidate(request.candidate_id)
        after = await _settle(together, phone_change_id, candidate, deps.clock.now())
    await learn_revocations(deps)
    return after


async def _settle(deps: Dependencies, phone_change_id: str, candidate: Candidate, now: datetime) -> PhoneChange:
    """The change and the account together; the account must still be the one that the decision was made on.

    All login sessions end: who could not reach the old phone may have lost it with a login session on it, and whoever
    logs in afterwards proves to know the password.
    """
    before = await deps.phone_changes.get_phone_change(phone_change_id)
    after = await _change(deps, phone_change_id, lambda known: settled(known, candidate, at=now))
    if before.state is PhoneChangeState.APPROVED and after.state is PhoneChangeState.EFFECTIVE:
        moved = with_phone(candidate, after.new_phone, at=now)
        if not await deps.candidates.replace_candidate(candidate, moved):
            raise Contention()
        await deps.login_sessions.end_all_login_sessions(after.candidate_id, at=now)
    return after


async def tell_phones(deps: Dependencies, phone_change_id: str, state: PhoneChangeState) -> None:
    """Tells the old phone and the new one, and the verified e-mail address: whoever had no phone on record hears of it
    too (ID-11, ID-15). Telling again sends nothing twice.
    """
    request = await deps.phone_changes.get_phone_change(phone_change_id)
    candidate = await deps.candidates.get_candidate(request.candidate_id)
    on_record = [(ContactChannel.PHONE, phone) for phone in (request.old_phone, request.new_phone)]
    on_record.append((ContactChannel.EMAIL, verified_address(candidate, ContactChannel.EMAIL)))
    told = [Contact(channel, address) for channel, address in dict.fromkeys(on_record) if address]
    shown = {"shown": masked_phone(request.new_phone)}
    if request.effective_time:
        shown["effective_time"] = request.effective_time.isoformat()
    message = Message(request.candidate_id, _TOLD_AS[state], phone_change_id, deps.clock.now(), shown)
    await tell(deps, message, told)


async def delete_proof_images(deps: Dependencies, before: datetime) -> int:
    """Removes the images of requests that have been over since before an instant: review keeps those it decided on.
    The number of requests.
    """
    now, deleted = deps.clock.now(), 0
    for request in await deps.phone_changes.list_over_with_images(before, DELETED_AT_ONCE):
        known = _now(deps, request)
        if known.state not in OVER:
            continue
        if await deps.phone_changes.replace_phone_change(request, without_images(known, at=now)):
            for digest in request.proofs.values():
                await deps.blobs.delete(image_key(request.phone_change_id, digest))
            deleted += 1
    return deleted


def _now(deps: Dependencies, request: PhoneChange) -> PhoneChange:
    """The request as it stands now."""
    return as_of(request, deps.clock.now(), deps.config.phone_change)


async def _change(
    deps: Dependencies, phone_change_id: str, decide: Callable[[PhoneChange], PhoneChange]
) -> PhoneChange:
    """The request as `decide` makes it of the present one. Raises what `decide` raises, NotFound, Contention."""

    async def attempt() -> PhoneChange | None:
        before = await deps.phone_changes.get_phone_change(phone_change_id)
        after = decide(before)
        return after if after is before or await deps.phone_changes.replace_phone_change(before, after) else None

    return await until_applied(attempt)


_TOLD_AS: Final[Mapping[PhoneChangeState, MessageKind]] = {
    PhoneChangeState.APPROVED: MessageKind.PHONE_CHANGE_APPROVED,
    PhoneChangeState.EFFECTIVE: MessageKind.PHONE_CHANGE_EFFECTIVE,
}
