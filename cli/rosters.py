"""An operator's work on exam sessions, over the HTTP API."""

import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from chassis.clock import SHANGHAI
from cli.api import Api, ApiProblem, Json

CALL_SECONDS = 120.0
DATA = "data: "
PROBLEM = "event: problem"


@dataclass(frozen=True, slots=True)
class Desk:
    """An operator at a console."""

    console: Console
    base_url: str
    login_name: str
    password: str

    async def change(self, session_id: str, verb: str, body: Json) -> None:
        """Opens, extends or cancels a session and shows where it stands. Raises ApiProblem."""
        async with self._operator() as operator:
            session = await operator.send("POST", f"/v1/sessions/{session_id}:{verb}", body)
        self._show(session)

    async def close(self, session_id: str) -> None:
        """Closes a session's registration and shows what there was to do. Raises ApiProblem."""
        async with self._operator() as operator:
            done = await operator.send("POST", f"/v1/sessions/{session_id}:closeRegistration", {})
        self._show(done["session"])
        self.console.print(
            f"{done['voidedSelections']} selections void, {done['reservedSelections']} wait for their order"
        )

    async def count(self, session_id: str) -> None:
        """Shows a session's selections by half-day and district. Raises ApiProblem."""
        async with self._operator() as operator:
            answer = await operator.get(f"/v1/sessions/{session_id}/counts")
        table = Table("half-day", "district", "live", "effective")
        for count in answer["counts"]:
            half_day = count.get("halfDay")
            when = f"{half_day['date']} {half_day['period']}" if half_day else "no time yet"
            table.add_row(when, count["districtCode"] or "none stated", count["live"], count["effective"])
        self.console.print(table)

    async def export(self, session_id: str, wanted: Mapping[str, str], file: Path) -> None:
        """Writes a roster with progress; the file appears when it is whole. Raises ApiProblem."""
        query = {name: value for name, value in wanted.items() if value}
        query["format"] = "XLSX" if file.suffix == ".xlsx" else "CSV"
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        part = file.with_name(f"{file.name}.part")
        try:
            with part.open("wb") as writing, Progress(*columns, console=self.console) as progress:
                task = progress.add_task("rows", total=None)
                async with self._operator() as operator:
                    async for piece in _pieces(operator, f"/v1/sessions/{session_id}/roster", query):
                        writing.write(base64.b64decode(piece["content"]))
                        progress.update(task, completed=int(piece["rowsDone"]), total=int(piece["rowsTotal"]))
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)
        self.console.print(f"{file}: {piece['rowsDone']} rows", soft_wrap=True)

    async def import_payments(self, session_id: str, school_code: str, content: bytes, *, dry_run: bool) -> bool:
        """Confirms a school's collected fees and shows every bad row. False when a row was bad. Raises ApiProblem."""
        body = {"content": base64.b64encode(content).decode(), "dryRun": dry_run}
        path = f"/v1/sessions/{session_id}/schools/{school_code}/practice-payments:import"
        async with self._operator() as operator:
            answer = await operator.send("POST", path, body)
        if answer["problems"]:
            table = Table("line", "column", "expected", title="nothing was confirmed", title_justify="left")
            for problem in answer["problems"]:
                table.add_row(str(problem["line"]), problem["column"], problem["expectedEn"])
            self.console.print(table)
            return False
        verb = "confirmed" if answer["applied"] else "would confirm (dry run)"
        self.console.print(f"{verb} {answer['confirmed']}; {answer['existing']} were confirmed before")
        return True

    @asynccontextmanager
    async def _operator(self) -> AsyncIterator[Api]:
        async with httpx.AsyncClient(timeout=CALL_SECONDS) as http:
            yield await Api.log_in(http, self.base_url, self.login_name, self.password)

    def _show(self, session: Json) -> None:
        start, end = session["registrationStartTime"], session["registrationEndTime"]
        self.console.print(f"{session['sessionId']}: {session['state']}, window {start} to {end}", soft_wrap=True)


def instant(local: datetime) -> str:
    """An instant as the API takes it; without an offset it is Shanghai's time."""
    return (local if local.tzinfo else local.replace(tzinfo=SHANGHAI)).isoformat()


async def _pieces(operator: Api, path: str, query: Mapping[str, str]) -> AsyncIterator[Json]:
    """The messages of a stream. Raises ApiProblem when it is refused or breaks off."""
    headers = {"authorization": f"Bearer {operator.token}"}
    async with operator.http.stream("GET", operator.base_url + path, params=query, headers=headers) as answer:
        if not answer.is_success:
            raise _problem(await answer.aread())
        event = ""
        async for line in answer.aiter_lines():
            if line.startswith("event: "):
                event = line
            elif line.startswith(DATA) and event == PROBLEM:
                raise _problem(line.removeprefix(DATA).encode())
            elif line.startswith(DATA) and not event:
                yield json.loads(line.removeprefix(DATA))
        if not event:
            raise ApiProblem("BROKEN_OFF", f"{operator.base_url} ended the file before it was whole; try again.")


def _problem(content: bytes) -> ApiProblem:
    problem = json.loads(content)
    return ApiProblem(problem.get("reason", ""), problem.get("detail", ""))
