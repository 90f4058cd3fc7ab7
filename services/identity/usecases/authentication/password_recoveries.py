"""Recovering a forgotten password (ID-4).

Nothing here tells a stranger whether somebody has an account: asking costs the same statement for everybody, and the
code is sent afterwards, by the relay.
"""

from collections.abc import Sequence
from contextlib import suppress
from itertools import zip_longest
from typing import Final

from chassis.errors import Contention, NotFound, TooManyRequests
from chassis.ids import derived_id, secret_id
from chassis.security.rate_limits import Budget, Rate
from services.identity.dependencies import Dependencies
from services.identity.domain.accounts_of_number import MOST_UNVERIFIED
from services.identity.domain.attempt_limits import CodeAsker, LoginAttempt
from services.identity.domain.authentication.password_recoveries import (
    PasswordRecovery,
    new_recovery,
    require_code,
    require_same_address,
    verified_address,
)
from services.identity.domain.authentication.password_rules import CANDIDATE, require_form
from services.identity.domain.authentication.recovery_contacts import password_change
from services.identity.domain.candidates import with_password_changed
from services.identity.domain.contact_addresses import ContactChannel
from services.identity.domain.login_sessions import AccountKind, Credentials, Device
from services.identity.domain.spellings import one_time_code, plain_number
from services.identity.errors import CodeInvalid
from services.identity.ports.message_sender import OutgoingMessage
from services.identity.usecases.authentication.login_throttle import WINDOW, forgive_failed_logins, login_attempt
from services.identity.usecases.authentication.new_passwords import require_candidate_password
from services.identity.usecases.authentication.revocations import learn_revocations
from services.identity.usecases.candidate_update_loop import change_candidate
from services.identity.usecases.contact_codes import code_text, count_for_system
from services.identity.usecases.messages import tell_recovery_change

TEMPLATE: Final = "password recovery"


async def start_recovery(
    deps: Dependencies, login_name: str, channel: ContactChannel, device: Device
) -> PasswordRecovery:
    """A recovery, of somebody's password or of nobody's. A device on which the account logged in before has a budget of
    its own (F-28). Where several unverified accounts carry the number, each gets a code to its own phone or e-mail, and
    the code says which of them is meant (ID-15). Raises TooManyRequests.
    """
    limits, named = deps.config.recovery, await deps.credentials.find_by_login_name(login_name)
    asked = login_attempt(deps, named, login_name, device)
    by_known_device = bool(asked.device_id)
    if not by_known_device:
        await deps.rates.hit(Rate("recoveries from source", limits.per_source, WINDOW), asked.source)
    of_account = Rate("recoveries of account", limits.per_source_and_account, WINDOW)
    await deps.rates.hit(of_account, asked.account, asked.device_id or asked.source)
    recoveries = [
        new_recovery(
            recovery_id,
            _candidate_of(known),
            plain_number(login_name),
            channel,
            known_device=by_known_device,
            at=deps.clock.now(),
        )
        for recovery_id, known in zip_longest(_ids_of_all(secret_id()), named)
    ]
    await deps.password_recoveries.add_recoveries(recoveries)
    return recoveries[0]


async def repeat_recovery(deps: Dependencies, password_recovery_id: str, device: Device) -> PasswordRecovery:
    """Another recovery for whoever knows an earlier one, of the same password and by the same way. Raises NotFound,
    TooManyRequests.
    """
    earlier = await deps.password_recoveries.find_recovery(password_recovery_id)
    if earlier is None:
        raise NotFound()
    return await start_recovery(deps, earlier.login_name, earlier.channel, device)


async def send_recovery_code(deps: Dependencies, password_recovery_id: str) -> None:
    """Sends a recovery's code to the verified phone or e-mail, if there is one and it did not receive too many. Sending
    again sends the same. Raises MessagesUnavailable.
    """
    recovery = await deps.password_recoveries.find_recovery(password_recovery_id)
    if recovery is None or not recovery.candidate_id:
        return
    address = verified_address(await deps.candidates.get_candidate(recovery.candidate_id), recovery.channel)
    if not address:
        return
    most = deps.config.codes.for_known if recovery.known_device else deps.config.codes.for_strangers
    async with deps.transaction() as together:
        wanted = await together.password_recoveries.mark_sent(recovery, address, at=deps.clock.now(), most=most)
    if wanted:
        await count_for_system(deps, CodeAsker.OWNER)
        message_id = derived_id(TEMPLATE, password_recovery_id)
        message = OutgoingMessage(message_id, recovery.channel, address, TEMPLATE, code_text(recovery.code))
        await deps.message_sender.send(message)


async def complete_recovery(deps: Dependencies, password_recovery_id: str, code: str, new: str, source: str) -> None:
    """Sets the new password; all login sessions end (ID-4), and the other channels on record are told (ID-17).

    The code is used up by the transaction that sets the password, so a refusal in between costs an attempt and no more.
    Wrong codes of one source, and of all together, are bounded, but for recoveries that a known device asked for: only
    it knows their ids (F-28). Raises WeakPassword, CodeInvalid, TooManyRequests, Overloaded, Contention.
    """
    require_form(new, CANDIDATE, field="new_password")
    code = one_time_code(code)
    deps.password_hasher.require_room()
    asked = await deps.password_recoveries.find_recovery(password_recovery_id)
    guesses = [] if asked is not None and asked.known_device else _guesses(deps, source)
    for rate, whose in guesses:
        await deps.rates.require(rate, *whose)
    recovery = await _recovery_of_code(deps, password_recovery_id, code)
    if recovery is None:
        with suppress(TooManyRequests):
            await deps.rates.hit_all(guesses)
        raise CodeInvalid()
    owner = await deps.candidates.get_candidate(recovery.candidate_id)
    require_candidate_password(deps, new, owner.document, owner.phone)
    password_hash = await deps.password_hasher.hashed(new)
    async with deps.transaction() as together:
        await _apply(together, recovery, password_hash)
    await learn_revocations(deps)
    # The slips that made the person ask for a code shall not keep them out now (F-16).
    await forgive_failed_logins(deps, LoginAttempt(recovery.candidate_id, source))


def _ids_of_all(password_recovery_id: str) -> list[str]:
    """The ids of a recovery for each account that a login name may mean, the one that its asker knows first."""
    others = (derived_id(TEMPLATE, password_recovery_id, str(place)) for place in range(1, MOST_UNVERIFIED))
    return [password_recovery_id, *others]


async def _recovery_of_code(deps: Dependencies, password_recovery_id: str, code: str) -> PasswordRecovery | None:
    """The recovery whose code it is, of those that were made together; an attempt is counted at each of them."""
    found = None
    for recovery_id in _ids_of_all(password_recovery_id):
        attempted = await deps.password_recoveries.count_attempt(recovery_id, at=deps.clock.now())
        with suppress(CodeInvalid):
            found = require_code(attempted, code)
    return found


def _guesses(deps: Dependencies, source: str) -> Sequence[Budget]:
    """What a wrong code is counted in."""
    limits = deps.config.recovery
    of_source = Rate("wrong recovery codes from source", limits.wrong_codes_per_source, WINDOW)
    return [(of_source, (source,)), (Rate("wrong recovery codes", limits.wrong_codes, WINDOW), ())]


async def _apply(deps: Dependencies, recovery: PasswordRecovery, password_hash: str) -> None:
    """The new password in force."""
    now, candidate_id = deps.clock.now(), recovery.candidate_id
    if not await deps.password_recoveries.use_code(recovery, at=now):
        raise CodeInvalid()
    require_same_address(recovery, await deps.candidates.get_candidate(candidate_id))
    known = await deps.credentials.find_by_subject(candidate_id)
    expected = known.password_hash if known else None
    if not await deps.credentials.set_password(candidate_id, password_hash, expected=expected, at=now):
        raise Contention()
    owner = await change_candidate(deps, candidate_id, lambda account: with_password_changed(account, at=now))
    await tell_recovery_change(deps, password_change(owner, recovered_by=recovery.channel))
    await deps.login_sessions.end_all_login_sessions(candidate_id, at=now)


def _candidate_of(known: Credentials | None) -> str:
    """Only candidates have phones and e-mails to recover by; staff ask an operator."""
    if known is None or known.account.kind is not AccountKind.CANDIDATE:
        return ""
    return known.account.subject_id
