"""What candidates are told: kept in their inbox, once, and sent as they chose (EN-19); what recovers their account to
every channel on record (ID-17).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chassis.audit_log.notes import AuditAction, AuditNote
from chassis.ids import new_id
from services.identity.dependencies import Dependencies
from services.identity.domain.authentication.recovery_contacts import Contact, RecoveryChange, recovery_message
from services.identity.domain.messages.deliveries import (
    Delivery,
    DeliveryFailure,
    ToldMessage,
    contact_for,
    hopeless,
    taken,
    tried_in_vain,
)
from services.identity.domain.messages.message_kinds import Message
from services.identity.domain.messages.message_texts import sent_text
from services.identity.domain.messages.preferences import MessagePreference, require_reachable
from services.identity.errors import MessageRefused, MessagesUnavailable
from services.identity.ports.message_sender import OutgoingMessage
from services.identity.usecases.looks import note_look


async def tell_recovery_change(deps: Dependencies, change: RecoveryChange) -> None:
    """Tells every phone and e-mail that was on record before a change of what recovers the account (ID-17), with the
    change: `deps` are inside its transaction.
    """
    message = recovery_message(change, new_id(), deps.clock.now())
    await deps.messages.add_message_to(message, change.told)


async def deliver_message(deps: Dependencies, delivery_id: str) -> None:
    """Sends what waits; what was sent, or has ended, is not sent again. Raises MessagesUnavailable, after which it is
    tried again.
    """
    found = await deps.messages.find_delivery(delivery_id)
    if found is None or found[1].end_time is not None:
        return
    message, delivery = found
    preference = await deps.messages.get_preference(message.candidate_id)
    contact = contact_for(delivery, await deps.candidates.get_candidate(message.candidate_id), preference)
    if contact is None:
        await deps.messages.settle_delivery(hopeless(delivery, DeliveryFailure.NO_ADDRESS, at=deps.clock.now()))
        return
    text = sent_text(message, preference.language)
    template = message.kind.value.lower().replace("_", " ")
    outgoing = OutgoingMessage(delivery_id, contact.channel, contact.address, template, text)
    await _send(deps, delivery, contact, outgoing)


async def list_messages(
    deps: Dependencies, candidate_id: str, after: tuple[datetime, str] | None, size: int
) -> Sequence[ToldMessage]:
    """A page of a candidate's messages, the newest first."""
    return await deps.messages.list_messages(candidate_id, after, size)


async def note_look_at_messages(deps: Dependencies, candidate_id: str) -> None:
    """Notes that an operator reads a candidate's messages (OP-3, ID-19). Raises NotFound."""
    await deps.candidates.get_candidate(candidate_id)
    await note_look(deps, AuditAction.MESSAGES_VIEWED, candidate_id)


async def count_unread(deps: Dependencies, candidate_id: str) -> int:
    """How many messages a candidate has not read."""
    return await deps.messages.count_unread(candidate_id)


async def mark_messages_read(deps: Dependencies, candidate_id: str, message_ids: Sequence[str]) -> int:
    """A candidate has read these; how many are unread then."""
    await deps.messages.mark_read(candidate_id, message_ids, deps.clock.now())
    return await deps.messages.count_unread(candidate_id)


async def get_message_preference(deps: Dependencies, candidate_id: str) -> MessagePreference:
    """How a candidate wants to be told."""
    return await deps.messages.get_preference(candidate_id)


async def choose_message_preference(
    deps: Dependencies, candidate_id: str, preference: MessagePreference
) -> MessagePreference:
    """From now on candidates are told so. Raises NotFound, MessageEmailUnverified."""
    require_reachable(preference, await deps.candidates.get_candidate(candidate_id))
    await deps.messages.put_preference(candidate_id, preference)
    return preference


async def resend_message(deps: Dependencies, message_id: str, reason: str) -> ToldMessage:
    """Sends a message once more, as its candidate wants to be told now (OP-3, RE-11); of two at once, one. Raises
    NotFound, MessageWaits.
    """
    now = deps.clock.now()
    async with deps.transaction() as together:
        told = await together.messages.lock_message(message_id)
        told.require_settled()
        candidate_id = told.message.candidate_id
        note = AuditNote(AuditAction.MESSAGE_RESENT, "message", message_id, candidate_id, reason)
        await together.messages.add_delivery(told.message, now)
        await together.audit_log.add_entry(note, at=now)
    return await deps.messages.get_message(message_id)


async def tell(deps: Dependencies, message: Message, contacts: Sequence[Contact] | None = None) -> None:
    """Tells a candidate as they chose, or all of `contacts`; telling again sends nothing twice."""
    if contacts is None:
        await deps.messages.add_messages([message])
    else:
        await deps.messages.add_message_to(message, contacts)


async def _send(deps: Dependencies, delivery: Delivery, contact: Contact, outgoing: OutgoingMessage) -> None:
    try:
        await deps.message_sender.send(outgoing)
    except MessageRefused:
        tried = replace(delivery, channel=contact.channel, tries=delivery.tries + 1)
        await deps.messages.settle_delivery(hopeless(tried, DeliveryFailure.REFUSED, at=deps.clock.now()))
    except MessagesUnavailable:
        tried = tried_in_vain(delivery, contact.channel, at=deps.clock.now())
        await deps.messages.settle_delivery(tried)
        if tried.end_time is None:
            raise
    else:
        await deps.messages.settle_delivery(taken(delivery, contact.channel, at=deps.clock.now()))
