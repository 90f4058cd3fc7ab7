"""Phones and e-mails, verified by one-time codes (ID-4, ID-10)."""

from datetime import datetime, timedelta
from typing import Final

from chassis.clock import Clock
from chassis.ids import new_id
from chassis.security.one_time_codes import TTL, OneTimeCodes
from chassis.security.rate_limits import Rate, RateLimiter
from services.identity.domain.candidate import (
    Candidate,
    replaces_verified_phone,
    with_email_verified,
    with_phone,
)
from services.identity.domain.contact import masked_phone, normal_phone
from services.identity.errors import (
    CodeInvalid,
    MessageInDoubt,
    MessagesUnavailable,
    NoEmail,
    NoPhone,
    PhoneChangeClosed,
)
from services.identity.ports import Store
from services.identity.ports.messages import Channel, MessageSender, OutgoingMessage
from services.identity.usecases.changes import change

CODES_PER_ADDRESS: Final = Rate("codes per address", 5, timedelta(minutes=10))
CODES_PER_CANDIDATE: Final = Rate("codes per candidate", 20, timedelta(hours=1))


class ContactCodes:
    """Sends codes and takes them back."""

    def __init__(self, codes: OneTimeCodes, sender: MessageSender, rates: RateLimiter, clock: Clock) -> None:
        self._codes = codes
        self._sender = sender
        self._rates = rates
        self._clock = clock

    async def send(self, purpose: str, candidate_id: str, channel: Channel, to: str, *, carries: str) -> datetime:
        """Sends a code for `purpose`; says when it expires. Raises TooManyRequests, MessagesUnavailable.

        A message that was surely not sent is not counted; one in doubt is, since it may yet reach somebody.
        """
        await self._rates.hit(CODES_PER_ADDRESS, to)
        await self._rates.hit(CODES_PER_CANDIDATE, candidate_id)
        code = await self._codes.issue(f"{purpose}:{candidate_id}", carries)
        try:
            await self._sender.send(OutgoingMessage(new_id(), channel, to, purpose, code_text(code)))
        except MessageInDoubt:
            raise
        except MessagesUnavailable:
            await self._rates.give_back(CODES_PER_ADDRESS, to)
            await self._rates.give_back(CODES_PER_CANDIDATE, candidate_id)
            raise
        return self._clock.now() + TTL

    async def redeem(self, purpose: str, candidate_id: str, code: str) -> str:
        """What the code carries, once. Raises CodeInvalid."""
        carried = await self._codes.redeem(f"{purpose}:{candidate_id}", code)
        if carried is None:
            raise CodeInvalid()
        return carried

    async def tell(self, channel: Channel, to: str, template: str, text: str) -> None:
        """Tells somebody something, if the message sender is there."""
        try:
            await self._sender.send(OutgoingMessage(new_id(), channel, to, template, text))
        except MessagesUnavailable:
            return


PHONE: Final = "phone"
EMAIL: Final = "email"


def code_text(code: str) -> str:
    """What a message with a code says."""
    minutes = int(TTL.total_seconds() // 60)
    zh = f"【自考报名】验证码{code}，{minutes}分钟内有效，请勿告知他人。"
    return f"{zh} Your code is {code}; it works for {minutes} minutes."


async def send_phone_code(
    candidate_id: str, phone: str, *, store: Store, contact: ContactCodes, clock: Clock
) -> datetime:
    """Sends a code to `phone`, or to the one on record (ID-10). Raises InvalidPhone, NoPhone, PhoneChangeClosed,
    TooManyRequests, MessagesUnavailable.
    """
    candidate = await store.candidates.get(candidate_id)
    to = normal_phone(phone) if phone else candidate.phone
    if not to:
        raise NoPhone()
    await _require_changeable(candidate, to, store, clock)
    return await contact.send(PHONE, candidate_id, Channel.SMS, to, carries=to)


async def verify_phone(candidate_id: str, code: str, *, store: Store, contact: ContactCodes, clock: Clock) -> Candidate:
    """The phone the code was sent to, on record; the one it replaces is told (ID-10). Raises CodeInvalid,
    PhoneChangeClosed.

    Login sessions stay: who changes the phone is logged in and holds the new one, and the old one is told.
    """
    phone = await contact.redeem(PHONE, candidate_id, code)
    before = await store.candidates.get(candidate_id)
    await _require_changeable(before, phone, store, clock)
    replaced, now = before.phone, clock.now()
    candidate = await change(store.candidates, candidate_id, lambda known: with_phone(known, phone, at=now))
    if replaced not in ("", phone):
        await contact.tell(Channel.SMS, replaced, "phone changed", _changed_text(phone))
    return candidate


async def _require_changeable(candidate: Candidate, phone: str, store: Store, clock: Clock) -> None:
    """A verified phone is replaced while some registration is open only (ID-10). Raises PhoneChangeClosed."""
    if replaces_verified_phone(candidate, phone) and not await store.windows.any_open(at=clock.now()):
        raise PhoneChangeClosed()


async def send_email_code(candidate_id: str, *, store: Store, contact: ContactCodes) -> datetime:
    """Sends a code to the e-mail of the details (ID-4). Raises NoEmail, TooManyRequests, MessagesUnavailable."""
    to = (await store.candidates.get(candidate_id)).details.email
    if not to:
        raise NoEmail()
    return await contact.send(EMAIL, candidate_id, Channel.EMAIL, to, carries=to)


async def verify_email(candidate_id: str, code: str, *, store: Store, contact: ContactCodes, clock: Clock) -> Candidate:
    """The e-mail verified, if it is still the one the code was sent to (ID-4). Raises CodeInvalid."""
    email = await contact.redeem(EMAIL, candidate_id, code)
    now = clock.now()
    candidate = await change(store.candidates, candidate_id, lambda known: with_email_verified(known, email, at=now))
    if candidate.details.email != email:
        raise CodeInvalid()
    return candidate


def _changed_text(phone: str) -> str:
    shown = masked_phone(phone)
    return (
        f"【自考报名】您的注册手机号已更改为{shown}。如非本人操作，请联系考试院。Your phone on record is now {shown}."
    )
