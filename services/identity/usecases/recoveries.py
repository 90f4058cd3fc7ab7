"""Recovering a forgotten password (ID-4).

Nothing here tells a stranger whether somebody has an account: asking costs the same statement for everybody, and the
code is sent afterwards, by the relay.
"""

from dataclasses import dataclass
from typing import Final

from chassis.clock import Clock
from chassis.errors import Contention
from chassis.ids import derived_id, secret_id
from chassis.security.rate_limits import Rate, RateLimiter
from services.identity.domain.candidate import with_password_changed
from services.identity.domain.documents import normal_form
from services.identity.domain.logins import AccountKind, Credentials
from services.identity.domain.passwords import require_password
from services.identity.domain.recoveries import (
    PasswordRecovery,
    RecoveryChannel,
    new_recovery,
    require_code,
    require_same_address,
    verified_address,
)
from services.identity.errors import CodeInvalid
from services.identity.ports import Store
from services.identity.ports.logins import Passwords
from services.identity.ports.messages import Channel, MessageSender, OutgoingMessage
from services.identity.usecases.changes import change
from services.identity.usecases.contact import code_text
from services.identity.usecases.throttle import WINDOW, LoginThrottle

TEMPLATE: Final = "password recovery"

SENT_BY: Final = {RecoveryChannel.PHONE: Channel.SMS, RecoveryChannel.EMAIL: Channel.EMAIL}


@dataclass(frozen=True, slots=True)
class RecoveryLimits:
    """How many recoveries in ten minutes: asked for by a source, by a source for an account, sent to an address.

    A source alone cannot use up what one address may receive, so it takes several to keep an owner from a code.
    """

    per_source: int = 60
    per_source_and_account: int = 3
    per_address: int = 10

    def rate_of_source(self) -> Rate:
        """For a network address."""
        return Rate("recoveries from source", self.per_source, WINDOW)

    def rate_of_source_and_account(self) -> Rate:
        """For a network address and a login name, of an account or not."""
        return Rate("recoveries of account from source", self.per_source_and_account, WINDOW)


async def start_recovery(
    login_name: str,
    channel: RecoveryChannel,
    source: str,
    *,
    store: Store,
    rates: RateLimiter,
    limits: RecoveryLimits,
    clock: Clock,
) -> PasswordRecovery:
    """A recovery, of somebody's password or of nobody's. Raises TooManyRequests."""
    name = normal_form(login_name)
    await rates.hit(limits.rate_of_source(), source)
    await rates.hit(limits.rate_of_source_and_account(), name, source)
    candidate_id = _candidate_of(await store.logins.find(login_name))
    recovery = new_recovery(secret_id(), candidate_id, name, channel, at=clock.now())
    await store.recoveries.add(recovery)
    return recovery


async def send_code(
    password_recovery_id: str, *, store: Store, sender: MessageSender, limits: RecoveryLimits, clock: Clock
) -> None:
    """Sends a recovery's code to the verified phone or e-mail, if there is one and it did not receive too many. Sending
    again sends the same. Raises MessagesUnavailable.
    """
    recovery = await store.recoveries.get(password_recovery_id)
    if recovery is None or not recovery.candidate_id:
        return
    address = verified_address(await store.candidates.get(recovery.candidate_id), recovery.channel)
    if not address:
        return
    async with store.transaction() as together:
        wanted = await together.recoveries.send_to(
            password_recovery_id, address, at=clock.now(), most=limits.per_address
        )
    if wanted:
        message_id = derived_id(TEMPLATE, password_recovery_id)
        channel = SENT_BY[recovery.channel]
        await sender.send(OutgoingMessage(message_id, channel, address, TEMPLATE, code_text(recovery.code)))


async def complete_recovery(
    password_recovery_id: str,
    code: str,
    new: str,
    source: str,
    *,
    store: Store,
    passwords: Passwords,
    throttle: LoginThrottle,
    clock: Clock,
) -> None:
    """Sets the new password; all login sessions end (ID-4).

    The code is used up by the transaction that sets the password, so a refusal in between costs an attempt and no more.
    Raises WeakPassword, CodeInvalid, Overloaded, Contention.
    """
    require_password(new, field="new_password")
    passwords.require_room()
    attempted = await store.recoveries.attempt(password_recovery_id, at=clock.now())
    recovery = require_code(attempted, code)
    password_hash = await passwords.hashed(new)
    async with store.transaction() as together:
        number = await _apply(recovery, password_hash, together, clock)
    # The slips that made the person ask for a code shall not keep them out now (F-16).
    for name in (recovery.login_name, number):
        await throttle.succeeded(name, source)


async def _apply(recovery: PasswordRecovery, password_hash: str, store: Store, clock: Clock) -> str:
    """The new password in force; the document number of its owner."""
    now, candidate_id = clock.now(), recovery.candidate_id
    if not await store.recoveries.complete(recovery, at=now):
        raise CodeInvalid()
    require_same_address(recovery, await store.candidates.get(candidate_id))
    known = await store.logins.credentials(candidate_id)
    expected = known.password_hash if known else None
    if not await store.logins.set_password(candidate_id, password_hash, expected=expected, at=now):
        raise Contention()
    candidate = await change(store.candidates, candidate_id, lambda account: with_password_changed(account, at=now))
    await store.logins.end_all(candidate_id, at=now)
    return candidate.document.number


def _candidate_of(known: Credentials | None) -> str:
    """Only candidates have phones and e-mails to recover by; staff ask an operator."""
    if known is None or known.account.kind is not AccountKind.CANDIDATE:
        return ""
    return known.account.subject_id
