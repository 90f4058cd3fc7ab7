"""Gives back what was paid for a cancelled session, and shows how far it is (PA-12), over the HTTP API."""

import asyncio

from rich.console import Console
from rich.progress import TimeRemainingColumn
from rich.table import Table

from cli.staff.api_client import Api, ApiProblem, Json
from cli.terminal.formatting import list_table, progress_bar, yuan

POLL_SECONDS = 1.0
SHOWN_FAILURES = 100
RUNNING = "RUNNING"
CANCELLED = "CANCELLED"


async def refund_session(console: Console, api: Api, session_id: str, note: str, verb: str, *, follow: bool) -> bool:
    """Starts the session's batch, or finds it; pauses or resumes it if `verb` says so; shows how far it is. False when
    refunds have failed. Raises ApiProblem.
    """
    session = await api.get(f"/v1/sessions/{session_id}")
    if session["state"] != CANCELLED:
        raise ApiProblem("SESSION_NOT_CANCELLED", f"{session_id} is not cancelled: nothing is given back for it.")
    batch = await api.send("POST", "/v1/refund-batches", {"sessionId": session_id, "note": note})
    if verb:
        batch = await api.send("POST", f"/v1/refund-batches/{batch['refundBatchId']}:{verb}", {})
    if follow:
        batch = await _followed(console, api, batch)
    console.print(_summary(batch))
    if int(batch["failedCount"]):
        path = f"/v1/refund-batches/{batch['refundBatchId']}/refunds"
        failed = await api.get(path, state="FAILED", pageSize=str(SHOWN_FAILURES))
        console.print(_failures(failed["refunds"]))
    return not int(batch["failedCount"])


async def _followed(console: Console, api: Api, batch: Json) -> Json:
    """Follows a batch until it rests. The work is payment's: leaving early stops nothing."""
    with progress_bar(console, TimeRemainingColumn(), transient=True) as progress:
        shown = progress.add_task("refunds", total=int(batch["totalCount"]))
        while batch["state"] == RUNNING:
            settled = int(batch["succeededCount"]) + int(batch["failedCount"])
            progress.update(shown, completed=settled, total=int(batch["totalCount"]))
            await asyncio.sleep(POLL_SECONDS)
            batch = await api.get(f"/v1/refund-batches/{batch['refundBatchId']}")
    return batch


def _summary(batch: Json) -> Table:
    rows = (
        ("to give back", batch["totalCount"], yuan(batch["totalFen"])),
        ("given back", batch["succeededCount"], yuan(batch["succeededFen"])),
        ("failed", batch["failedCount"], ""),
    )
    return list_table("", "count", "yuan", rows=rows, title=f"{batch['sessionId']} {batch['state']}")


def _failures(refunds: list[Json]) -> Table:
    rows = ((one["orderId"], one["refundId"], yuan(one["amountFen"]), one["failureCode"]) for one in refunds)
    return list_table("order", "refund", "yuan", "why", rows=rows, title="failed, and in the operator's queue")
