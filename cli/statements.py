"""What an operator does about a day's statement (PA-10), over the HTTP API."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import httpx
from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from cli.api import Api, ApiProblem, Json

CALL_SECONDS = 70.0
LOOK_SECONDS = 0.5
SHOWN_DIFFERENCES = 100
FORMS = {"JSON": "json", "HTML": "html"}


@dataclass(frozen=True, slots=True)
class Desk:
    """An operator at a terminal."""

    console: Console
    base_url: str
    login_name: str
    password: str

    async def reconcile(self, provider: str, day: date, folder: Path | None) -> bool:
        """Reconciles a day, showing how far it is, and prints the statement. False when differences remain. Raises
        ApiProblem.
        """
        path = f"/v1/statements/{provider}/{day.isoformat()}"
        async with self._logged_in() as api:
            statement = await self._followed(api, path)
            self.console.print(_summary(statement))
            if int(statement["differenceCount"]):
                found = await api.get(f"{path}/differences", pageSize=str(SHOWN_DIFFERENCES))
                self.console.print(_differences(found["differences"]))
            if folder is not None:
                await self._file(api, path, folder, f"{provider}-{day.isoformat()}")
        return bool(statement["state"] == "BALANCED")

    async def _followed(self, api: Api, path: str) -> Json:
        """Starts the work and follows it: a long bill outlasts the call that began it."""
        with Progress(
            TextColumn("{task.description}"),
            TextColumn("{task.fields[lines]} lines"),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
        ) as progress:
            shown = progress.add_task("reading the bill", lines=0, total=None)
            asked = asyncio.create_task(api.send("POST", f"{path}:reconcile", {}))
            while not asked.done():
                await asyncio.wait([asked], timeout=LOOK_SECONDS)
                progress.update(shown, lines=await _lines_read(api, path))
            statement = await asked
            while statement["state"] == "RUNNING":
                progress.update(shown, lines=statement["billLineCount"])
                await asyncio.sleep(LOOK_SECONDS)
                statement = await api.get(path)
        return statement

    async def _file(self, api: Api, path: str, folder: Path, name: str) -> None:
        for form, suffix in FORMS.items():
            kept = folder / f"{name}.{suffix}"
            await asyncio.to_thread(_write, kept, await _download(api, path, form))
            self.console.print(f"Kept as {kept}.")

    @asynccontextmanager
    async def _logged_in(self) -> AsyncIterator[Api]:
        async with httpx.AsyncClient(timeout=CALL_SECONDS, trust_env=False) as http:
            yield await Api.log_in(http, self.base_url, self.login_name, self.password)


async def _download(api: Api, path: str, form: str) -> bytes:
    headers = {"authorization": f"Bearer {api.token}"}
    answer = await api.http.get(f"{api.base_url}{path}:download", params={"form": form}, headers=headers)
    if not answer.is_success:
        raise ApiProblem(str(answer.status_code), f"The statement cannot be had as {form}.")
    return answer.content


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


async def _lines_read(api: Api, path: str) -> str:
    try:
        seen = await api.get(path)
    except ApiProblem:
        return "0"
    return str(seen["billLineCount"]) if seen["state"] == "RUNNING" else "0"


def _summary(statement: Json) -> Table:
    table = Table("", "count", "yuan", title=f"{statement['date']} {statement['state']}", title_justify="left")
    for name, count, fen in (
        ("on the bill", "billLineCount", "billPaidFen"),
        ("orders paid", "orderCount", "orderPaidFen"),
        ("surplus and late money", "surplusCount", "surplusFen"),
        ("receipts issued", "receiptCount", "receiptFen"),
        ("receipts to come", "awaitedReceiptCount", "awaitedReceiptFen"),
    ):
        table.add_row(name, str(statement[count]), _yuan(statement[fen]))
    table.add_row("refunds on the bill", "", _yuan(statement["billRefundedFen"]))
    table.add_row("refunds here", "", _yuan(statement["orderRefundedFen"]))
    table.add_row("differences", str(statement["differenceCount"]), f"healed: {statement['healedCount']}")
    return table


def _differences(found: list[Json]) -> Table:
    table = Table("difference", "number", "here", "bill", "healed", "done or to do", title_justify="left")
    for one in found:
        number = one.get("outRefundNo") or one["outTradeNo"]
        healed = "yes" if one["healed"] else "no"
        table.add_row(one["kind"], number, _yuan(one["orderFen"]), _yuan(one["billFen"]), healed, one["action"])
    return table


def _yuan(fen: str) -> str:
    return f"{int(fen) / 100:,.2f}"
