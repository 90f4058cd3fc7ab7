"""What operators do with the catalogue: import it (EN-1), publish texts, open and extend sessions (F-15)."""

from collections.abc import Callable, Sequence
from datetime import datetime

from services.enrollment.domain.catalogue import EVERYWHERE, Catalogue, ExamSession, Text
from services.enrollment.domain.importing import CatalogueFile, Change, File, Outcome, plan_import
from services.enrollment.domain.session import extended, must_match, opened
from services.enrollment.errors import Crowded
from services.enrollment.ports import Ports
from services.enrollment.usecases import TRIES
from services.enrollment.usecases.gating import session_of


async def import_catalogue(files: Sequence[CatalogueFile], ports: Ports, *, dry_run: bool) -> tuple[Outcome, Catalogue]:
    """EN-1: all or nothing; every bad row is reported; the same files again change nothing."""
    read = [await _readable(file, ports) for file in files]
    timetable = any(file.name.startswith("timetable.") for file in files)
    async with ports.catalogue_store.importing(timetable=timetable) as work:
        outcome = plan_import(read, work.tables, work.held, ports.clock.now())
        if outcome.changes and not dry_run:
            await work.apply(outcome.changes)
    return outcome, await ports.catalogues.latest()


async def _readable(file: CatalogueFile, ports: Ports) -> File:
    return await ports.sheets.read(file) if file.name.endswith(".xlsx") else file


async def publish_text(text: Text, ports: Ports) -> Text:
    """Publishes a new version of a text; the words of the newest version again answer with that version."""
    async with ports.catalogue_store.importing(timetable=False) as work:
        present = work.tables["published_text"].values()
        same_text = [
            row for row in present if (row["kind"], row["scope"]) == (text.kind.value, text.scope or EVERYWHERE)
        ]
        version = max((int(str(row["version"])) for row in same_text), default=0)
        words = ("title_zh", "title_en", "body_zh", "body_en")
        newest = next((row for row in same_text if row["version"] == version), None)
        if newest is None or any(newest[name] != getattr(text, name) for name in words):
            version += 1
            row = {name: getattr(text, name) for name in words} | {
                "kind": text.kind.value,
                "scope": text.scope or EVERYWHERE,
                "version": version,
                "create_time": ports.clock.now(),
            }
            await work.apply([Change("published_text", (row,), ())])
    catalogue = await ports.catalogues.latest()
    return catalogue.texts[text.kind, text.scope or EVERYWHERE][version - 1]


async def open_session(session_id: str, etag: str, ports: Ports) -> tuple[ExamSession, Catalogue]:
    """Opens a window now. Raises NotFound, StaleEtag, SessionEnded."""
    return await _change(session_id, etag, opened, ports)


async def extend_session(
    session_id: str, end: datetime, cutoff: datetime | None, etag: str, ports: Ports
) -> tuple[ExamSession, Catalogue]:
    """Moves the end of a window and its payment cut-off later.

    Raises NotFound, StaleEtag, SessionEnded, InvalidRequest.
    """
    return await _change(session_id, etag, lambda session, now: extended(session, end, cutoff, now), ports)


async def _change(
    session_id: str, etag: str, change: Callable[[ExamSession, datetime], ExamSession], ports: Ports
) -> tuple[ExamSession, Catalogue]:
    for _ in range(TRIES):
        catalogue = await ports.catalogues.latest()
        session = session_of(catalogue, session_id)
        must_match(session, etag)
        wanted = change(session, ports.clock.now())
        if wanted is session:
            return session, catalogue
        if saved := await ports.catalogue_store.save_session(session, wanted):
            return saved, await ports.catalogues.latest()
    raise Crowded()
