"""Identity hears when registration is open, for it decides when a phone may be changed by a code (ID-10)."""

from datetime import UTC, datetime, timedelta

from zikao.enrollment.v1.events_pb2 import RegistrationWindowChanged

from chassis.clock import ManualClock
from chassis.postgres.database import Database
from services.enrollment.dependencies import Dependencies
from services.enrollment.jobs.window_announcements import window_announcements
from services.enrollment.usecases.administration import session_windows
from tests.integration.enrollment.stand_ins import SESSION

ROWS = "SELECT payload FROM outbox WHERE destination = 'identity' AND aggregate_id = $1 ORDER BY seq"


async def announced(db: Database) -> list[RegistrationWindowChanged]:
    return [RegistrationWindowChanged.FromString(row["payload"]) for row in await db.driver.fetch(ROWS, SESSION)]


def end_of(window: RegistrationWindowChanged) -> datetime:
    return window.registration_end_time.ToDatetime(UTC)


async def test_a_session_is_announced_with_its_import_and_every_extension(
    deps: Dependencies, db: Database
) -> None:  # ID-10
    imported = (await announced(db))[0]
    session = (await deps.catalogue_cache.latest()).sessions[SESSION]
    assert end_of(imported) == session.registration_end
    later = session.registration_end + timedelta(hours=1)
    longer = (await session_windows.extend_session(deps, SESSION, later, None, "")).session
    newest = (await announced(db))[-1]
    assert (end_of(newest), newest.version) == (later, longer.version)
    assert newest.version > imported.version


async def test_a_starting_process_announces_what_has_not_ended(
    deps: Dependencies, db: Database, clock: ManualClock
) -> None:
    before = len(await announced(db))
    await window_announcements(deps).once()
    assert len(await announced(db)) == before + 1
    session = (await deps.catalogue_cache.latest()).sessions[SESSION]
    clock.advance(session.registration_end - clock.now())
    await window_announcements(deps).once()
    assert len(await announced(db)) == before + 1
