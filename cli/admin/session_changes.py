"""Opens, extends, closes, cancels and counts exam sessions, over the HTTP API."""

from datetime import datetime

from rich.console import Console

from chassis.clock import SHANGHAI
from cli.staff.api_client import Api, Json
from cli.terminal.formatting import list_table


async def change(console: Console, api: Api, session_id: str, verb: str, body: Json) -> None:
    """Opens, extends or cancels a session and shows where it stands. Raises ApiProblem."""
    _show(console, await api.send("POST", f"/v1/sessions/{session_id}:{verb}", body))


async def close(console: Console, api: Api, session_id: str) -> None:
    """Closes a session's registration and shows what there was to do. Raises ApiProblem."""
    done = await api.send("POST", f"/v1/sessions/{session_id}:closeRegistration", {})
    _show(console, done["session"])
    console.print(f"{done['voidedSelections']} selections void, {done['reservedSelections']} wait for their order")


async def count(console: Console, api: Api, session_id: str) -> None:
    """Shows a session's selections by half-day and district. Raises ApiProblem."""
    answer = await api.get(f"/v1/sessions/{session_id}/counts")
    rows = (
        (_when(one.get("halfDay")), one["districtCode"] or "none stated", one["live"], one["effective"])
        for one in answer["counts"]
    )
    console.print(list_table("half-day", "district", "live", "effective", rows=rows))


def instant(local: datetime) -> str:
    """An instant as the API takes it; without an offset it is Shanghai's time."""
    return (local if local.tzinfo else local.replace(tzinfo=SHANGHAI)).isoformat()


def _when(half_day: Json | None) -> str:
    return f"{half_day['date']} {half_day['period']}" if half_day else "no time yet"


def _show(console: Console, session: Json) -> None:
    start, end = session["registrationStartTime"], session["registrationEndTime"]
    console.print(f"{session['sessionId']}: {session['state']}, window {start} to {end}", soft_wrap=True)
