"""Sessions end: registration closes (EN-8, F-15), or the session is cancelled (PA-12).

Ending is two things. The session is marked, once, in a transaction that lets the selections in flight through first;
from then on nothing is selected in it. Then its selections end, batch by batch: a process that dies in between leaves
some, and the next round, here or in another replica, ends the rest.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chassis.errors import Refusal
from chassis.telemetry.logs import get_logger
from services.enrollment.domain.catalogue import Catalogue, ExamSession
from services.enrollment.domain.selection import SelectionEvent, SelectionState, VoidReason, states_before
from services.enrollment.domain.session import cancelled, closed, must_match
from services.enrollment.errors import Crowded
from services.enrollment.ports import Ports
from services.enrollment.usecases import TRIES
from services.enrollment.usecases.gating import session_of

LONGEST_PAUSE: Final = timedelta(seconds=1)
"""How long after its end a session may wait to be closed, when nothing knew of it beforehand."""

LOOKED_AT_EVERY: Final = timedelta(seconds=15)
"""How often a closed session is looked at while orders made in it are not settled: a look reads all its selections."""

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed registration and what closing did."""

    session: ExamSession
    voided: int
    reserved: int


async def close_registration(session_id: str, ports: Ports) -> tuple[Closed, Catalogue]:
    """EN-8: ends what was never checked out; reserved selections follow their order. Safe to run twice.

    Raises NotFound, WindowStillOpen.
    """
    session, catalogue = await _end(session_id, "", closed, ports)
    voided = await _end_selections(session_id, SelectionEvent.WINDOW_CLOSED, VoidReason.WINDOW_CLOSED, ports)
    return Closed(session, voided, await ports.closing.reserved(session_id)), catalogue


async def cancel_session(session_id: str, reason: str, etag: str, ports: Ports) -> tuple[ExamSession, Catalogue]:
    """PA-12: ends every live selection; payment gives the money back in bulk. Safe to run twice.

    Raises NotFound, StaleEtag.
    """
    session, catalogue = await _end(session_id, etag, lambda present, now: cancelled(present, reason, now), ports)
    await _end_selections(session_id, SelectionEvent.SESSION_CANCELLED, VoidReason.SESSION_CANCELLED, ports)
    return session, catalogue


async def end_session(session_id: str, ports: Ports) -> None:
    """Closes a session whose time has come, and ends its selections.

    It is settled when nothing is left but what counts; until then an order's fate may still leave something.
    """
    session = session_of(await ports.catalogues.latest(), session_id)
    if session.cancel_time is None:
        done, _ = await close_registration(session_id, ports)
        voided, lasting = done.voided, [SelectionState.EFFECTIVE]
    else:
        event, reason = SelectionEvent.SESSION_CANCELLED, VoidReason.SESSION_CANCELLED
        voided, lasting = await _end_selections(session_id, event, reason, ports), []
    settled = await ports.closing.settle(session_id, lasting, ports.clock.now())
    if voided or settled:
        _log.info("session_ended", session_id=session_id, voided=voided, settled=settled)


class Deadlines:
    """The background job: closes each session at the second it ends (F-15)."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._looked_at: dict[str, datetime] = {}

    async def once(self) -> None:
        """One round: every session that has ended is closed at once, and looked at again until it is settled."""
        for session_id in await self._ports.closing.due(self._ports.clock.now()):
            now = self._ports.clock.now()
            last = self._looked_at.get(session_id)
            if last is None or now - last >= LOOKED_AT_EVERY:
                await end_session(session_id, self._ports)
                self._looked_at[session_id] = now

    async def run(self) -> None:
        """Works until cancelled. A database that is away stops nothing for good."""
        while True:
            pause = LONGEST_PAUSE
            try:
                await self.once()
                pause = await self._until_next_end()
            except Refusal as refusal:
                _log.warning("sessions_not_ended", reason=refusal.reason)
            except Exception as error:  # whatever it was, the next round is due all the same
                _log.warning("sessions_not_ended", error=type(error).__name__)
            await asyncio.sleep(pause.total_seconds())

    async def _until_next_end(self) -> timedelta:
        now = self._ports.clock.now()
        end = await self._ports.closing.next_end(now)
        return LONGEST_PAUSE if end is None else min(LONGEST_PAUSE, end - now)


async def _end(
    session_id: str, etag: str, change: Callable[[ExamSession, datetime], ExamSession], ports: Ports
) -> tuple[ExamSession, Catalogue]:
    for _ in range(TRIES):
        catalogue = await ports.catalogues.latest()
        session = session_of(catalogue, session_id)
        wanted = change(session, ports.clock.now())
        if wanted is session:
            return session, catalogue
        must_match(session, etag)
        if saved := await ports.catalogue_store.end_session(session, wanted):
            return saved, await ports.catalogues.latest()
    raise Crowded()


async def _end_selections(session_id: str, event: SelectionEvent, reason: VoidReason, ports: Ports) -> int:
    states = sorted(states_before(event), key=lambda state: state.value)
    ended, last = 0, ""
    while batch := await ports.closing.end_some(session_id, states, reason, ports.clock.now(), after=last):
        ended, last = ended + len(batch), batch[-1]
    return ended
