"""What identity's own outbox rows ask identity to do, each until it is done: senders that call use cases."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from zikao.enrollment.v1.events_pb2 import CandidateNotified
from zikao.identity.v1 import resources_pb2

from chassis.call_context import continued_trace
from chassis.clock import Clock
from chassis.events.relay import OutboxRow, Send
from chassis.telemetry.logs import get_logger
from services.identity.domain.corrections import News
from services.identity.domain.phone_changes import PhoneChangeState
from services.identity.errors import ProofsMissing
from services.identity.mapping.corrections import correction_from
from services.identity.mapping.notices import notice_from
from services.identity.ports import Store
from services.identity.ports.cases import CorrectionCases, PhoneChangeCases
from services.identity.ports.images import BlobStore
from services.identity.ports.messages import MessageSender
from services.identity.repository.candidates import ERRANDS
from services.identity.repository.notices import NOTICES
from services.identity.repository.phone_changes import HAND_IN, TAKE_EFFECT, TELL
from services.identity.repository.recoveries import CODES
from services.identity.usecases import corrections, notices, phone_changes, recoveries
from services.identity.usecases.recoveries import RecoveryLimits

_log = get_logger(__name__)

AT_ONCE: Final = 8
"""So many errands of one kind at the same time: a slow message sender shall not make everybody's codes late."""


@dataclass(frozen=True, slots=True)
class Errands:
    """Carries out what the outbox asks for."""

    store: Store
    sender: MessageSender
    blobs: BlobStore
    cases: PhoneChangeCases
    corrections: CorrectionCases
    limits: RecoveryLimits
    clock: Clock

    @property
    def destinations(self) -> Mapping[str, Send]:
        """By the outbox's destination."""
        return {
            CODES: _each(self._send_code),
            HAND_IN: _each(self._hand_in),
            TAKE_EFFECT: _each(self._take_effect),
            TELL: _each(self._tell),
            NOTICES: _each(self._notify),
            ERRANDS[News.TO_HAND_IN]: _each(self._hand_correction_in),
            ERRANDS[News.TO_TELL]: _each(self._tell_of_correction),
        }

    async def _send_code(self, row: OutboxRow) -> None:
        recovery = resources_pb2.PasswordRecovery.FromString(row.payload)
        await recoveries.send_code(
            recovery.password_recovery_id, store=self.store, sender=self.sender, limits=self.limits, clock=self.clock
        )

    async def _hand_in(self, row: OutboxRow) -> None:
        change = resources_pb2.PhoneChange.FromString(row.payload)
        await phone_changes.hand_in(change.phone_change_id, store=self.store, blobs=self.blobs, cases=self.cases)

    async def _take_effect(self, row: OutboxRow) -> None:
        change = resources_pb2.PhoneChange.FromString(row.payload)
        await phone_changes.take_effect(change.phone_change_id, store=self.store, clock=self.clock)

    async def _tell(self, row: OutboxRow) -> None:
        change = resources_pb2.PhoneChange.FromString(row.payload)
        state = PhoneChangeState[resources_pb2.PhoneChange.State.Name(change.state)]
        await phone_changes.tell(change.phone_change_id, state, store=self.store, sender=self.sender)

    async def _notify(self, row: OutboxRow) -> None:
        notice = notice_from(row.event_id, CandidateNotified.FromString(row.payload))
        await notices.tell(notice, store=self.store, sender=self.sender)

    async def _hand_correction_in(self, row: OutboxRow) -> None:
        with suppress(ProofsMissing):  # the candidate corrects on
            await corrections.hand_in(
                row.aggregate_id, store=self.store, blobs=self.blobs, cases=self.corrections, clock=self.clock
            )

    async def _tell_of_correction(self, row: OutboxRow) -> None:
        known = correction_from(resources_pb2.Candidate.FromString(row.payload))
        await corrections.tell(row.event_id, row.aggregate_id, known, store=self.store, sender=self.sender)


def _each(carry_out: Callable[[OutboxRow], Awaitable[None]]) -> Send:
    """Carries out the rows one by one: what one of them cannot do now keeps no other waiting."""

    async def send(rows: Sequence[OutboxRow]) -> Collection[str]:
        room = asyncio.Semaphore(AT_ONCE)

        async def one(row: OutboxRow) -> bool:
            async with room:
                with continued_trace(row.trace):
                    try:
                        await carry_out(row)
                    except Exception as error:
                        _log.warning("an errand comes again", event_id=row.event_id, error=type(error).__name__)
                        return False
            return True

        done = await asyncio.gather(*(one(row) for row in rows))
        return [row.event_id for row, is_done in zip(rows, done, strict=True) if is_done]

    return send
