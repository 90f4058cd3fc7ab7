"""What identity's own outbox rows ask identity to do, each until it is done: senders that call use cases."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Final

from zikao.identity.v1 import resources_pb2

from chassis.call_context import continued_trace
from chassis.errors import Refusal, ServiceUnavailable
from chassis.events.relay import OutboxRow, Send
from chassis.telemetry.logs import get_logger
from services.identity.dependencies import Dependencies
from services.identity.domain.corrections.required_corrections import FollowUp
from services.identity.domain.personal_data.account_erasures import OTHERS
from services.identity.domain.reviewed_phone_changes import PhoneChangeState
from services.identity.errors import ProofsMissing
from services.identity.mapping.corrections import correction_from
from services.identity.repository import outbox_destinations
from services.identity.usecases.account_endings import tell_account_ended
from services.identity.usecases.authentication.password_recoveries import send_recovery_code
from services.identity.usecases.corrections import hand_in_correction, tell_correction
from services.identity.usecases.messages import deliver_message
from services.identity.usecases.personal_data.account_erasure import (
    FIRST,
    carry_out_erasure,
    erase_elsewhere,
    tell_erased,
)
from services.identity.usecases.reviewed_phone_changes import hand_in_phone_change, settle_phone_change, tell_phones

_log = get_logger(__name__)

AT_ONCE: Final = 8
"""So many rows of one destination at the same time: a slow message sender shall not make everybody's codes late."""

CarryOut = Callable[[Dependencies, OutboxRow], Awaitable[object]]


def outbox_senders(deps: Dependencies) -> Mapping[str, Send]:
    """By destination of the outbox."""
    return {destination: _each(deps, carry_out) for destination, carry_out in _CARRIED_OUT_BY.items()}


def _by_id(use_case: Callable[[Dependencies, str], Awaitable[object]]) -> CarryOut:
    """For a row that says no more than what it is about."""
    return lambda deps, row: use_case(deps, row.aggregate_id)


async def _tell_phones(deps: Dependencies, row: OutboxRow) -> None:
    change = resources_pb2.PhoneChange.FromString(row.payload)
    state = PhoneChangeState[resources_pb2.PhoneChange.State.Name(change.state)]
    await tell_phones(deps, row.aggregate_id, state)


async def _hand_in_correction(deps: Dependencies, row: OutboxRow) -> None:
    with suppress(ProofsMissing):  # the candidate corrects on
        await hand_in_correction(deps, row.aggregate_id)


async def _tell_correction(deps: Dependencies, row: OutboxRow) -> None:
    known = correction_from(resources_pb2.Candidate.FromString(row.payload))
    await tell_correction(deps, row.event_id, row.aggregate_id, known)


async def _carry_out_erasure(deps: Dependencies, row: OutboxRow) -> None:
    with suppress(Refusal):  # what enrollment refuses has never begun
        await carry_out_erasure(deps, row.aggregate_id)
    if (erasure := await deps.account_erasures.find_erasure(row.aggregate_id)) and not erasure.erase_time:
        raise ServiceUnavailable(service=FIRST)


async def _tell_erased(deps: Dependencies, row: OutboxRow) -> None:
    await tell_erased(deps, row.event_id, deps.account_erasures.contacts_of(row.aggregate_id, row.payload))


def _erase_elsewhere(service: str) -> CarryOut:
    return lambda deps, row: erase_elsewhere(deps, service, row.aggregate_id)


_CARRIED_OUT_BY: Final[Mapping[str, CarryOut]] = {
    outbox_destinations.RECOVERY_CODES: _by_id(send_recovery_code),
    outbox_destinations.ACCOUNT_MESSAGES: _by_id(deliver_message),
    outbox_destinations.NEWS: _by_id(deliver_message),
    outbox_destinations.PHONE_CHANGES_TO_HAND_IN: _by_id(hand_in_phone_change),
    outbox_destinations.PHONE_CHANGES_TO_SETTLE: _by_id(settle_phone_change),
    outbox_destinations.PHONE_CHANGES_TO_TELL: _tell_phones,
    outbox_destinations.ENDED_ACCOUNTS_TO_TELL: _by_id(tell_account_ended),
    outbox_destinations.ACCOUNTS_TO_ERASE: _carry_out_erasure,
    outbox_destinations.ERASED_ACCOUNTS_TO_TELL: _tell_erased,
    **{outbox_destinations.ERASED_ACCOUNTS[service]: _erase_elsewhere(service) for service in OTHERS},
    outbox_destinations.CORRECTIONS[FollowUp.HAND_IN]: _hand_in_correction,
    outbox_destinations.CORRECTIONS[FollowUp.TELL_CANDIDATE]: _tell_correction,
}


def _each(deps: Dependencies, carry_out: CarryOut) -> Send:
    """Carries out the rows one by one: what one of them cannot do now keeps no other waiting."""

    async def send(rows: Sequence[OutboxRow]) -> Collection[str]:
        room = asyncio.Semaphore(AT_ONCE)

        async def one(row: OutboxRow) -> bool:
            async with room:
                with continued_trace(row.trace):
                    try:
                        await carry_out(deps, row)
                    except Exception as error:
                        _log.warning("an outbox row comes again", event_id=row.event_id, error=type(error).__name__)
                        return False
            return True

        done = await asyncio.gather(*(one(row) for row in rows))
        return [row.event_id for row, is_done in zip(rows, done, strict=True) if is_done]

    return send
