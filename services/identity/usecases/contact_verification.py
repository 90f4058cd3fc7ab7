"""Phones and e-mails, verified by one-time codes (ID-4, ID-10)."""

from contextlib import suppress
from datetime import datetime
from typing import Final

from chassis.ids import new_id
from services.identity.dependencies import Dependencies
from services.identity.domain.attempt_limits import CodeAsker
from services.identity.domain.authentication.password_recoveries import verified_address
from services.identity.domain.candidates import Candidate, replaces_verified_phone, with_email_verified, with_phone
from services.identity.domain.contact_addresses import ContactChannel, masked_phone, normal_phone
from services.identity.errors import CodeInvalid, MessagesUnavailable, NoEmail, NoPhone, PhoneChangeClosed
from services.identity.ports.message_sender import OutgoingMessage
from services.identity.usecases.candidate_update_loop import change_candidate
from services.identity.usecases.contact_codes import redeemed_code, require_reachable, send_code

PHONE: Final = "phone"
EMAIL: Final = "email"


async def send_phone_code(deps: Dependencies, candidate_id: str, phone: str) -> datetime:
    """Sends a code to `phone`, or to the one on record (ID-10). Raises InvalidPhone, PhoneNotServed, NoPhone,
    PhoneChangeClosed, TooManyRequests, MessagesUnavailable.
    """
    candidate = await deps.candidates.get_candidate(candidate_id)
    to = normal_phone(phone) if phone else candidate.phone
    if not to:
        raise NoPhone()
    asker = CodeAsker.OWNER if to == verified_address(candidate, ContactChannel.PHONE) else CodeAsker.KNOWN
    if asker is not CodeAsker.OWNER:
        require_reachable(deps, to)
    await _require_changeable(deps, candidate, to)
    return await send_code(deps, PHONE, candidate_id, ContactChannel.PHONE, to, asker)


async def verify_phone(deps: Dependencies, candidate_id: str, code: str) -> Candidate:
    """The phone the code was sent to, on record; the one it replaces is told (ID-10). Raises CodeInvalid,
    PhoneChangeClosed.

    Login sessions stay: who changes the phone is logged in and holds the new one, and the old one is told.
    """
    async with redeemed_code(deps, PHONE, candidate_id, code) as phone:
        before = await deps.candidates.get_candidate(candidate_id)
        await _require_changeable(deps, before, phone)
        replaced, now = before.phone, deps.clock.now()
        candidate = await change_candidate(deps, candidate_id, lambda known: with_phone(known, phone, at=now))
    if replaced not in ("", phone):
        await _tell_replaced(deps, replaced, phone)
    return candidate


async def send_email_code(deps: Dependencies, candidate_id: str) -> datetime:
    """Sends a code to the e-mail of the details (ID-4). Raises NoEmail, TooManyRequests, MessagesUnavailable."""
    candidate = await deps.candidates.get_candidate(candidate_id)
    to = candidate.details.email
    if not to:
        raise NoEmail()
    asker = CodeAsker.OWNER if to == verified_address(candidate, ContactChannel.EMAIL) else CodeAsker.KNOWN
    return await send_code(deps, EMAIL, candidate_id, ContactChannel.EMAIL, to, asker)


async def verify_email(deps: Dependencies, candidate_id: str, code: str) -> Candidate:
    """The e-mail verified, if it is still the one the code was sent to (ID-4). Raises CodeInvalid."""
    async with redeemed_code(deps, EMAIL, candidate_id, code) as email:
        now = deps.clock.now()
        candidate = await change_candidate(deps, candidate_id, lambda known: with_email_verified(known, email, at=now))
    if candidate.details.email != email:
        raise CodeInvalid()
    return candidate


async def _require_changeable(deps: Dependencies, candidate: Candidate, phone: str) -> None:
    """A verified phone is replaced while some registration is open only (ID-10). Raises PhoneChangeClosed."""
    if not replaces_verified_phone(candidate, phone):
        return
    if not await deps.registration_windows.is_any_open(at=deps.clock.now()):
        raise PhoneChangeClosed()


async def _tell_replaced(deps: Dependencies, replaced: str, phone: str) -> None:
    """Tells a phone that another took its place, if the message sender is there."""
    shown = masked_phone(phone)
    zh = f"【自考报名】您的注册手机号已更改为{shown}。如非本人操作，请联系考试院。"
    text = f"{zh}Your phone on record is now {shown}."
    with suppress(MessagesUnavailable):
        await deps.message_sender.send(OutgoingMessage(new_id(), ContactChannel.PHONE, replaced, "phone changed", text))
