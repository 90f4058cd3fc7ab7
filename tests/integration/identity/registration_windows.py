"""Registration windows as enrollment announces them (ID-10)."""

from datetime import timedelta

from zikao.enrollment.v1.events_pb2 import RegistrationWindowChanged

from tests.integration.identity.world import World

SESSION = "2026-10"


async def announce(world: World, *, start: timedelta, end: timedelta, version: int, session_id: str = SESSION) -> None:
    """Delivers a window that opens and ends so long from now."""
    now = world.clock.now()
    event = RegistrationWindowChanged(session_id=session_id, version=version)
    event.registration_start_time.FromDatetime(now + start)
    event.registration_end_time.FromDatetime(now + end)
    assert await world.deliver(event, sender="enrollment")


async def open_registration(world: World) -> None:
    """Registration is open for the next hour."""
    await announce(world, start=timedelta(hours=-1), end=timedelta(hours=1), version=1, session_id="open")
