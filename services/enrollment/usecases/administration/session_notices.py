"""Candidates are reminded before a window ends, and told when its end has moved (EN-19)."""

from services.enrollment.dependencies import Dependencies
from services.enrollment.domain.window_operations import due_reminder


async def remind_of_deadlines(deps: Dependencies) -> None:
    """Has the candidates of every open session reminded whose time has come; again changes nothing."""
    now = deps.clock.now()
    for session in (await deps.catalogue_cache.latest()).sessions.values():
        if reminder := due_reminder(session, now):
            await deps.session_notices.add_reminder(reminder, now)


async def tell_candidates(deps: Dependencies) -> None:
    """Tells whoever is to be told, batch by batch: a process that dies in between leaves the rest to another."""
    while await deps.session_notices.tell_batch(deps.clock.now()):
        pass
