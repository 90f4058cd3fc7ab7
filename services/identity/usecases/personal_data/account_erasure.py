"""Erasing an account with all that is held about its owner, in all services (ID-20).

Enrollment comes first, for it alone knows ticket numbers and orders: it refuses, or lets nothing begin any more. From
then on the erasure is seen through, by the outbox where a call failed. Every service is asked once more after the
account's tokens have ended: what was under way in between goes too.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from chassis.errors import Code, Refusal
from chassis.ids import derived_id
from services.identity.dependencies import Dependencies
from services.identity.domain.authentication.recovery_contacts import Contact
from services.identity.domain.personal_data.account_erasures import OTHERS, AccountErasure, ErasureCause
from services.identity.ports.message_sender import OutgoingMessage
from services.identity.usecases.authentication.recent_proofs import require_recent_proof
from services.identity.usecases.authentication.revocations import learn_revocations

FIRST: Final = OTHERS[0]
TEMPLATE: Final = "account erased"
_TEXT: Final = (
    "【自考报名】您的账号及个人资料已注销删除，无法恢复。如非本人操作，请联系考试院。"
    "Your account and all personal data in it are erased for good. If this was not you, ask the exam authority."
)


async def erase_own_account(deps: Dependencies, candidate_id: str, login_session_id: str) -> AccountErasure:
    """Erases the account of whoever calls, whom a fresh proof has proven. Raises RecentProofRequired, and what
    enrollment refuses: TicketNumberHeld, OrderHeld.
    """
    if await deps.account_erasures.find_erasure(candidate_id) is None:
        await require_recent_proof(deps, candidate_id, login_session_id)
    return await erase_account(deps, candidate_id, ErasureCause.OWN_WISH)


async def erase_account(deps: Dependencies, candidate_id: str, cause: ErasureCause) -> AccountErasure:
    """Erases an account, now or, where a service does not answer, as soon as it does. Raises what enrollment
    refuses.
    """
    erasure = AccountErasure(candidate_id, cause, deps.clock.now())
    async with deps.transaction() as together:
        await together.account_erasures.add_erasure(erasure)
    try:
        await carry_out_erasure(deps, candidate_id)
    except Refusal as refusal:
        if refusal.code is Code.FAILED_PRECONDITION:
            raise
    return await deps.account_erasures.find_erasure(candidate_id) or erasure


async def carry_out_erasure(deps: Dependencies, candidate_id: str) -> None:
    """Takes an erasure that has begun as far as this service goes; one that enrollment refuses has never begun. Raises
    what enrollment refuses.
    """
    erasure = await deps.account_erasures.find_erasure(candidate_id)
    if erasure is None or erasure.erase_time is not None:
        return
    try:
        await deps.candidate_data.erase_candidate(FIRST, candidate_id)
    except Refusal as refusal:
        if refusal.code is Code.FAILED_PRECONDITION:
            await deps.account_erasures.remove_erasure(candidate_id)
        raise
    await _erase_here(deps, candidate_id)


async def erase_elsewhere(deps: Dependencies, service: str, candidate_id: str) -> None:
    """Has another service erase what it holds, and notes that it has. Raises what the service refuses."""
    await deps.candidate_data.erase_candidate(service, candidate_id)
    await deps.account_erasures.note_service_done(candidate_id, service, deps.clock.now())


async def tell_erased(deps: Dependencies, event_id: str, contacts: Sequence[Contact]) -> None:
    """Tells whoever was on record; telling again sends nothing twice. Raises MessagesUnavailable."""
    for contact in contacts:
        message_id = derived_id(TEMPLATE, event_id, contact.address)
        message = OutgoingMessage(message_id, contact.channel, contact.address, TEMPLATE, _TEXT)
        await deps.message_sender.send(message)


async def list_erasures(deps: Dependencies, after: tuple[datetime, str] | None, size: int) -> Sequence[AccountErasure]:
    """Erasures, the newest first."""
    return await deps.account_erasures.list_erasures(after, size)


async def _erase_here(deps: Dependencies, candidate_id: str) -> None:
    """Images go first: what fails after them is done again. Everybody on record is told by a message that takes the
    addresses along.
    """
    now = deps.clock.now()
    async with deps.transaction() as together:
        candidate = await together.account_erasures.lock_candidate(candidate_id)
        if candidate is None:  # another replica was faster
            return
        for key in await together.account_erasures.list_image_keys(candidate):
            await deps.blobs.delete(key)
        await together.login_sessions.end_all_login_sessions(candidate_id, at=now)
        await together.account_erasures.erase_candidate(candidate, now)
    await learn_revocations(deps)
