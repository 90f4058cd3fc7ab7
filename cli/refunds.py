"""What an operator does about the refunds of a cancelled session (PA-12), over the HTTP API."""

import asyncio
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from cli.api import Api, ApiProblem, Json

LOOK_SECONDS = 1.0
SHOWN_FAILURES = 100
RUNNING = "RUNNING"
CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Batches:
    """An operator with a login session and a terminal."""

    console: Console
    api: Api

    async def about(self, session_id: str, note: str, verb: str, *, follow: bool) -> bool:
        """Starts the session's batch, or finds it; pauses or resumes it if `verb` says so; shows how far it is. False
        when refunds have failed. Raises ApiProblem.
        """
        session = await self.api.get(f"/v1/sessions/{session_id}")
        if session["state"] != CANCELLED:
            raise ApiProblem("SESSION_NOT_CANCELLED", f"{session_id} is not cancelled: nothing is given back for it.")
        batch = await self.api.send("POST", "/v1/refund-batches", {"sessionId": session_id, "note": note})
        if verb:
            batch = await self.api.send("POST", f"/v1/refund-batches/{batch['refundBatchId']}:{verb}", {})
        return await self._shown(batch, follow=follow)

    async def _shown(self, batch: Json, *, follow: bool) -> bool:
        if follow:
            batch = await self._followed(batch)
        self.console.print(_summary(batch))
        if int(batch["failedCount"]):
            path = f"/v1/refund-batches/{batch['refundBatchId']}/refunds"
            failed = await self.api.get(path, state="FAILED", pageSize=str(SHOWN_FAILURES))
            self.console.print(_failures(failed["refunds"]))
        return not int(batch["failedCount"])

    async def _followed(self, batch: Json) -> Json:
        """Follows a batch until it rests. The work is payment's: leaving early stops nothing."""
        with Progress(
            TextColumn("refunds"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self.console,
            transient=True,
        ) as progress:
            shown = progress.add_task("refunds", total=int(batch["totalCount"]))
            while batch["state"] == RUNNING:
                settled = int(batch["succeededCount"]) + int(batch["failedCount"])
                progress.update(shown, completed=settled, total=int(batch["totalCount"]))
                await asyncio.sleep(LOOK_SECONDS)
                batch = await self.api.get(f"/v1/refund-batches/{batch['refundBatchId']}")
        return batch


def _summary(batch: Json) -> Table:
    table = Table("", "count", "yuan", title=f"{batch['sessionId']} {batch['state']}", title_justify="left")
    table.add_row("to give back", str(batch["totalCount"]), _yuan(batch["totalFen"]))
    table.add_row("given back", str(batch["succeededCount"]), _yuan(batch["succeededFen"]))
    table.add_row("failed", str(batch["failedCount"]), "")
    return table


def _failures(refunds: list[Json]) -> Table:
    table = Table("order", "refund", "yuan", "why", title="failed, and in the operator's queue", title_justify="left")
    for refund in refunds:
        table.add_row(refund["orderId"], refund["refundId"], _yuan(refund["amountFen"]), refund["failureCode"])
    return table


def _yuan(fen: str) -> str:
    return f"{int(fen) / 100:,.2f}"
