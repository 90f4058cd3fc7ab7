"""A whole file: batches under way together, finished in the file's order, so that what is done is its beginning."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
from rich.console import Console
from rich.progress import TimeRemainingColumn

from chassis.imports.enrolled_batches import EnrolledImporter, Tally, batches, import_batch
from chassis.imports.enrolled_file import Line
from cli.enrolled_import.faults_file import FaultsFile
from cli.enrolled_import.file_lines import lines_of, survey_of
from cli.enrolled_import.http_importer import SuiteImporter
from cli.enrolled_import.resume_point import Progress
from cli.terminal.formatting import list_table, progress_bar

AT_ONCE = 4
CALL_SECONDS = 60.0
SHOWN_FAULTS = 20


async def import_candidates(console: Console, path: Path, base_url: str, login_name: str, password: str) -> bool:
    """Imports a file and says what became of it; False when a line was bad. Raises FileUnusable, ApiProblem."""
    looked_through, progress, faults = survey_of(path), Progress(path), FaultsFile(path)
    if progress.done:
        console.print(f"{progress.done:,} candidates were imported before; going on there.")
    else:
        faults.forget()
    async with client() as http:
        importer = SuiteImporter(http, base_url, login_name, password)
        with lines_of(path) as lines, progress_bar(console, TimeRemainingColumn()) as bar:
            task = bar.add_task("candidates", total=looked_through.count, completed=progress.done)

            def done(batch: Tally) -> None:
                faults.add(batch.faults)
                progress.advance(batch.lines)
                bar.advance(task, batch.lines)

            tally = await import_lines(progress.rest(looked_through.marked(lines)), importer, done)
    progress.finish()
    _tell(console, tally, faults)
    return not faults.exist


def client() -> httpx.AsyncClient:
    """What so many batches at once need."""
    headers = {"x-request-timeout": f"{CALL_SECONDS:.0f}"}
    return httpx.AsyncClient(timeout=CALL_SECONDS + 5, headers=headers)


async def import_lines(lines: Iterator[Line], importer: EnrolledImporter, done: Callable[[Tally], None]) -> Tally:
    """Imports lines; `done` hears of each batch, in the order of the file. Raises ApiProblem; what was heard of by then
    is done.
    """
    under_way: deque[asyncio.Task[Tally]] = deque()
    together = Tally()
    try:
        for batch in batches(lines):
            under_way.append(asyncio.create_task(import_batch(batch, importer)))
            while len(under_way) >= AT_ONCE:
                together += await _first(under_way, done)
        while under_way:
            together += await _first(under_way, done)
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
    return together


async def _first(under_way: deque[asyncio.Task[Tally]], done: Callable[[Tally], None]) -> Tally:
    tally = await under_way[0]
    under_way.popleft()
    done(tally)
    return tally


def _tell(console: Console, tally: Tally, faults: FaultsFile) -> None:
    console.print(
        f"{tally.created:,} accounts made, {tally.present:,} were there already; "
        f"{tally.registered:,} registrations added."
    )
    if tally.differences:
        differing = ((one.line, ", ".join(one.columns)) for one in tally.differences[:SHOWN_FAULTS])
        title = f"{len(tally.differences):,} accounts that are there already say otherwise than the file; they stay so"
        console.print(list_table("line", "differs in", rows=differing, title=title))
    if not faults.exist:
        return
    rows = faults.rows()
    shown = ((line, column, reason, en) for line, column, reason, _zh, en in rows[:SHOWN_FAULTS])
    title = f"{len(rows):,} bad lines"
    console.print(list_table("line", "column", "reason", "what is wrong", rows=shown, title=title))
    console.print(
        f"All of them are in {faults.path}. Correct them and import the file again: good lines stay as they are."
    )
