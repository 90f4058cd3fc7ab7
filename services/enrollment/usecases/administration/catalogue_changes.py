"""What operators do with the catalogue: import it (EN-1), publish texts."""

from collections.abc import Sequence

from chassis.audit_log.notes import AuditAction, AuditNote
from services.enrollment.dependencies import Dependencies
from services.enrollment.domain.catalogue import EVERYWHERE, Catalogue, Text
from services.enrollment.domain.imports.catalogue_draft import Change
from services.enrollment.domain.imports.catalogue_import import Outcome, plan_import, require_removals_named
from services.enrollment.domain.imports.file_rows import CatalogueFile, File
from services.enrollment.domain.imports.removals import removed


async def import_catalogue(
    deps: Dependencies, files: Sequence[CatalogueFile], *, dry_run: bool, remove: int = 0
) -> tuple[Outcome, Catalogue]:
    """EN-1: all or nothing; every bad row is reported; the same files again change nothing. `remove` names how many
    entries may go (EN-20).

    Raises Overloaded, RemovalsUnconfirmed.
    """
    read = [await _readable(deps, file) for file in files]
    timetable = any(file.name.startswith("timetable.") for file in files)
    async with deps.catalogue.begin_import(timetable=timetable) as transaction:
        outcome = plan_import(read, transaction.tables, transaction.immovable, deps.clock.now())
        if outcome.changes and not dry_run:
            require_removals_named(outcome, remove)
            facts = {"files": " ".join(sorted(file.name for file in files)), "removed": str(removed(outcome.changes))}
            note = AuditNote(AuditAction.CATALOGUE_IMPORTED, "catalogue", "", facts=facts)
            await transaction.apply(outcome.changes, note)
    return outcome, await deps.catalogue_cache.latest()


async def publish_text(deps: Dependencies, text: Text) -> Text:
    """Publishes a new version of a text; the words of the newest version again answer with that version."""
    async with deps.catalogue.begin_import(timetable=False) as transaction:
        present = transaction.tables["published_texts"].values()
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
                "create_time": deps.clock.now(),
            }
            facts = {"kind": text.kind.value, "scope": text.scope or EVERYWHERE, "version": str(version)}
            note = AuditNote(AuditAction.TEXT_PUBLISHED, "text", text.kind.value, facts=facts)
            await transaction.apply([Change("published_texts", (row,), ())], note)
    catalogue = await deps.catalogue_cache.latest()
    return catalogue.texts[text.kind, text.scope or EVERYWHERE][version - 1]


async def _readable(deps: Dependencies, file: CatalogueFile) -> File:
    return await deps.spreadsheets.read(file) if file.name.endswith(".xlsx") else file
