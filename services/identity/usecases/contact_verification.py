"""Phones and e-mails, verified by one-time codes (ID-4, ID-10)."""

from typing import Final

from services.identity.dependencies import Dependencies
from services.identity.domain.attempt_limits import CodeAsker
from services.identity.domain.authentication.password_recoveries import verified_address
from services.identity.domain.authentication.recovery_contacts import recovery_change
from services.identity.domain.candidates import Candidate, replaces_verified_phone, with_email_verified, with_phone
from services.identity.domain.contact_addresses import ContactChannel, normal_phone
from services.identity.errors import CodeInvalid, NoEmail, NoPhone, PhoneChangeClosed
from services.identity.usecases.authentication.recent_proofs import require_recent_proof
from services.identity.usecases.candidate_update_loop import change_candidate
from services.identity.usecases.contact_codes import SentCode, last_address, redeemed_code, require_reachable, send_code

PHONE: Final = "phone"
EMAIL: Final = "email"


async def send_phone_code(deps: Dependencies, candidate_id: str, phone: str, *, login_session_id: str) -> SentCode:
    """Sends a code to `phone`; without it to the phone that the last code went to, while that works, else to the one on
    record (ID-10). Raises InvalidPhone, PhoneNotServed, NoPhone, PhoneChangeClosed, RecentProofRequired,
    TooManyRequests, MessagesUnavailable.
    """
    candidate = await deps.candidates.get_candidate(candidate_id)
    to = normal_phone(phone) if phone else await last_address(deps, PHONE, candidate_id) or candidate.phone
    if not to:
        raise NoPhone()
    asker = CodeAsker.OWNER if to == verified_address(candidate, ContactChannel.PHONE) else CodeAsker.KNOWN
    if asker is not CodeAsker.OWNER:
        require_reachable(deps, to)
    await _require_changeable(deps, candidate, to)
    await _require_proof(deps, candidate, with_phone(candidate, to, at=deps.clock.now()), login_session_id)
    return await send_code(deps, PHONE, candidate_id, ContactChannel.PHONE, to, asker)


async def verify_phone(deps: Dependencies, candidate_id: str, code: str, *, login_session_id: str) -> Candidate:
    """The phone the code was sent to, on record; the one it replaces is told (ID-10, ID-17). Raises CodeInvalid,
    PhoneChangeClosed, RecentProofRequired.

    Login sessions stay: who changes the phone has just proven to be the owner and holds the new one.
    """
    async with redeemed_code(deps, PHONE, candidate_id, code) as phone:
        before = await deps.candidates.get_candidate(candidate_id)
        await _require_changeable(deps, before, phone)
        now = deps.clock.now()
        return await change_candidate(
            deps, candidate_id, lambda known: with_phone(known, phone, at=now), login_session_id=login_session_id
        )


async def send_email_code(deps: Dependencies, candidate_id: str, *, login_session_id: str) -> SentCode:
    """Sends a code to the e-mail of the details (ID-4). Raises NoEmail, RecentProofRequired, TooManyRequests,
    MessagesUnavailable.
    """
    candidate = await deps.candidates.get_candidate(candidate_id)
    to = candidate.details.email
    if not to:
        raise NoEmail()
    await _require_proof(deps, candidate, with_email_verified(candidate, to, at=deps.clock.now()), login_session_id)
    asker = CodeAsker.OWNER if to == verified_address(candidate, ContactChannel.EMAIL) else CodeAsker.KNOWN
    return await send_code(deps, EMAIL, candidate_id, ContactChannel.EMAIL, to, asker)


async def verify_email(deps: Dependencies, candidate_id: str, code: str, *, login_session_id: str) -> Candidate:
    """The e-mail verified, if it is still the one the code was sent to (ID-4). Raises CodeInvalid,
    RecentProofRequired.
    """
    async with redeemed_code(deps, EMAIL, candidate_id, code) as email:
        now = deps.clock.now()
        candidate = await change_candidate(
            deps,
            candidate_id,
            lambda known: with_email_verified(known, email, at=now),
            login_session_id=login_session_id,
        )
    if candidate.details.email != email:
        raise CodeInvalid()
    return candidate


async def _require_changeable(deps: Dependencies, candidate: Candidate, phone: str) -> None:
    """A verified phone is replaced while some registration is open only (ID-10). Raises PhoneChangeClosed."""
    if not replaces_verified_phone(candidate, phone):
        return
    if not await deps.registration_windows.is_any_open(at=deps.clock.now()):
        raise PhoneChangeClosed()


async def _require_proof(deps: Dependencies, before: Candidate, after: Candidate, login_session_id: str) -> None:
    """Who must prove something first hears so before a code is sent. Raises RecentProofRequired."""
    if recovery_change(before, after) is not None:
        await require_recent_proof(deps, before.candidate_id, login_session_id)
