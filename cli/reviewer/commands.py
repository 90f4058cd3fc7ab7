"""A reviewer's commands: the queue, cases, images, decisions, figures."""

import uuid
from pathlib import Path
from typing import Annotated, Final

import typer

from cli.reviewer import second_review_commands
from cli.reviewer.case_enums import CaseKind, CaseState, DecisionReason
from cli.reviewer.case_tables import file_name, of_three, print_table, show_case, show_person
from cli.reviewer.second_review_commands import CaseArgument
from cli.staff.api_client import Api, Json
from cli.staff.staff_command import Staff, reviewer_command
from cli.terminal.formatting import list_table, local_minute, write_file
from cli.terminal.known_failures import fail

TIMES: Final = ("deadline", "claimExpireTime")

app = typer.Typer(no_args_is_help=True, help="A reviewer's work: the queue, cases, images, decisions, figures.")
app.add_typer(second_review_commands.app, name="sample")

NoteOption = Annotated[str, typer.Option("--note", help="Words to the candidate.")]
ReasonOption = Annotated[DecisionReason, typer.Option("--reason", help="Why; it tells the candidate what to do next.")]


@app.command()
@reviewer_command
def queue(
    staff: Staff,
    state: Annotated[
        CaseState | None, typer.Option(help="Only these; without it the queue: waiting and claimed.")
    ] = None,
    kind: Annotated[CaseKind | None, typer.Option(help="Only cases about this.")] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Only those you have claimed.")] = False,
) -> None:
    """List your organisation's cases: the queue by deadline, decided ones newest first."""
    asked = {"state": state.value if state else "", "kind": kind.value if kind else "", "mine": "true" if mine else ""}
    wanted = {name: value for name, value in asked.items() if value}

    async def work(api: Api) -> list[Json]:
        return [case async for case in api.list_all("/v1/cases", "cases", pageSize="200", **wanted)]

    cases = staff.do(work)
    rows = (
        (case["caseId"], case["kind"], of_three(case), case["state"], *map(local_minute, map(case.get, TIMES)))
        for case in cases
    )
    headings = ("case", "kind", "submission", "state", "deadline", "claimed until")
    print_table(list_table(*headings, rows=rows), f"{len(cases)} cases")


@app.command()
@reviewer_command
def show(staff: Staff, case_id: CaseArgument) -> None:
    """Show a case: the person, what was handed in, where an image was seen with others, what was decided."""
    show_case(staff.do(lambda api: api.get(f"/v1/cases/{case_id}")))


@app.command()
@reviewer_command
def claim(staff: Staff, case_id: CaseArgument) -> None:
    """Take a case out of the queue to decide it; again, to keep it longer."""
    show_case(staff.do(lambda api: api.send("POST", f"/v1/cases/{case_id}:claim", {})))


@app.command()
@reviewer_command
def release(staff: Staff, case_id: CaseArgument) -> None:
    """Give a claimed case back to the queue."""
    show_case(staff.do(lambda api: api.send("POST", f"/v1/cases/{case_id}:release", {})))


@app.command()
@reviewer_command
def save(
    staff: Staff,
    case_id: CaseArgument,
    material_id: Annotated[uuid.UUID | None, typer.Option("--material", help="Only this image.")] = None,
    folder: Annotated[Path, typer.Option("--to", file_okay=False, help="The folder to save to.")] = Path(),
) -> None:
    """Save images of a case you have claimed, or of a decided one, as files. Every one is noted in the audit log."""

    async def work(api: Api) -> list[tuple[str, bytes]]:
        path = f"/v1/cases/{case_id}"
        known = (await api.get(path)).get("materials", [])
        wanted = [one for one in known if material_id is None or one["materialId"] == str(material_id)]
        return [(file_name(one), await api.download(f"{path}/materials/{one['materialId']}")) for one in wanted]

    images = staff.do(work)
    if not images:
        fail("The case has no such image.")
    for name, content in images:
        _save(folder / name, content)


@app.command()
@reviewer_command
def person(
    staff: Staff,
    case_id: CaseArgument,
    portrait: Annotated[
        Path | None, typer.Option("--portrait-to", dir_okay=False, help="Save the portrait on record as this file.")
    ] = None,
) -> None:
    """Show whom a case is about, as registered, to compare the images with: one you have claimed, or a decided one.

    Every look, and every saving of the portrait, is noted in the audit log.
    """

    async def work(api: Api) -> tuple[Json, bytes]:
        candidate = await api.get(f"/v1/cases/{case_id}/candidate")
        wanted = portrait is not None and "portraitUpdateTime" in candidate
        return candidate, await api.download(f"/v1/cases/{case_id}/portrait") if wanted else b""

    candidate, content = staff.do(work)
    show_person(candidate)
    if portrait is None:
        return
    if not content:
        fail("There is no portrait on record.")
    _save(portrait, content)


@app.command()
@reviewer_command
def approve(staff: Staff, case_id: CaseArgument, note: NoteOption = "") -> None:
    """Approve the submission of a case you have claimed."""
    _decide(staff, case_id, verdict="APPROVED", note=note)


@app.command()
@reviewer_command
def reject(staff: Staff, case_id: CaseArgument, reason: ReasonOption, note: NoteOption = "") -> None:
    """Reject the submission of a case you have claimed."""
    _decide(staff, case_id, verdict="REJECTED", reason=reason.value, note=note)


@app.command("ask-again")
@reviewer_command
def ask_again(staff: Staff, case_id: CaseArgument, reason: ReasonOption, note: NoteOption = "") -> None:
    """Ask the candidate for further or better images, without judging."""
    _decide(staff, case_id, verdict="ASKED_AGAIN", reason=reason.value, note=note)


@app.command()
@reviewer_command
def undo(staff: Staff, case_id: CaseArgument) -> None:
    """Undo your decision before it takes effect, ten seconds after it was made: the case is yours again."""
    show_case(staff.do(lambda api: api.send("POST", f"/v1/cases/{case_id}:undo", {})))


@app.command()
@reviewer_command
def figures(
    staff: Staff,
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days back.")] = 30,
) -> None:
    """Show what waits, since when, what was decided per day, and how often second reviewers agreed."""
    found = staff.do(lambda api: api.get("/v1/review-figures", days=str(days)))
    counts = ("approved", "rejected", "askedAgain")
    rows = ((day["date"], *(day.get(name, 0) for name in counts)) for day in found.get("days", []))
    table = list_table("day", "approved", "rejected", "asked again", rows=rows)
    counted = ", ".join(f"{found.get(name, 0)} {name}" for name in ("waiting", "claimed", "overdue"))
    oldest = local_minute(found.get("oldestSubmitTime")) or "none"
    agreed = f"{found.get('agreed', 0)} of {found.get('doubleReviewed', 0)}"
    print_table(
        table, f"{found['organisation']}: {counted}; the oldest waiting since: {oldest}; second reviewers: {agreed}"
    )


@app.command()
@reviewer_command
def export(
    staff: Staff,
    first: Annotated[str, typer.Option("--from", metavar="DAY", help="As 2026-09-01; 30 days without.")] = "",
    last: Annotated[str, typer.Option("--until", metavar="DAY", help="This day included; today without.")] = "",
    file: Annotated[Path, typer.Option("--to", dir_okay=False, help="The file.")] = Path("decisions.csv"),
) -> None:
    """Save your organisation's decisions as CSV. The export is noted in the audit log."""
    days = {name: day for name, day in {"fromDate": first, "untilDate": last}.items() if day}
    content = staff.do(lambda api: api.download("/v1/cases:export", **days))
    file.write_bytes(content)
    typer.echo(f"saved {file} ({len(content.splitlines()) - 1} decisions)")


def _save(file: Path, content: bytes) -> None:
    write_file(file, content)
    typer.echo(f"saved {file} ({len(content):,} bytes)")


def _decide(staff: Staff, case_id: uuid.UUID, **judgement: str) -> None:
    """Decides what is in the case now; the etag tells when somebody else changed it meanwhile (F-14)."""

    async def work(api: Api) -> Json:
        path = f"/v1/cases/{case_id}"
        etag = (await api.get(path))["etag"]
        return await api.send("POST", f"{path}:decide", {**judgement, "etag": etag, "requestId": str(uuid.uuid4())})

    show_case(staff.do(work))
