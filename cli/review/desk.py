"""A reviewer's commands."""

import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from cli.endings import fail
from cli.options import GATEWAY, GatewayOption, LoginOption, PasswordOption
from cli.review.tables import file_name, local, of_three, print_table, show_case, show_person, show_second
from cli.review.words import Kind, Reason, State, Verdict
from cli.staff import as_staff

if TYPE_CHECKING:
    from cli.api import Api

Json = dict[str, Any]

LOGIN = "reviewer"

app = typer.Typer(no_args_is_help=True, help="A reviewer's desk: the queue, cases, images, decisions, figures.")
sample = typer.Typer(no_args_is_help=True, help="Decisions of others that you judge a second time (RE-9).")
app.add_typer(sample, name="sample")

CaseArgument = Annotated[uuid.UUID, typer.Argument(metavar="CASE", help="The case's number.")]
SubmissionArgument = Annotated[int, typer.Argument(metavar="SUBMISSION", min=1, help="Which submission of it.")]
NoteOption = Annotated[str, typer.Option("--note", help="Words to the candidate.")]
JudgementNote = Annotated[str, typer.Option("--note", help="Words to those who compare judgements.")]
ReasonOption = Annotated[Reason, typer.Option("--reason", help="Why; it tells the candidate what to do next.")]


@app.command()
def queue(
    password: PasswordOption,
    login_name: LoginOption = LOGIN,
    base_url: GatewayOption = GATEWAY,
    state: Annotated[State | None, typer.Option(help="Only these; without it the queue: waiting and claimed.")] = None,
    kind: Annotated[Kind | None, typer.Option(help="Only cases about this.")] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Only those you have claimed.")] = False,
) -> None:
    """List your organisation's cases: the queue by deadline, decided ones newest first."""
    wanted = {"state": state.value if state else "", "kind": kind.value if kind else "", "mine": "true" if mine else ""}

    async def work(api: "Api") -> list[Json]:
        found: list[Json] = []
        token = ""
        while True:
            query = {name: value for name, value in {**wanted, "pageToken": token}.items() if value}
            page = await api.get("/v1/cases", pageSize="200", **query)
            found += page.get("cases", [])
            token = page.get("nextPageToken", "")
            if not token:
                return found

    cases = as_staff(base_url, login_name, password, work)
    table = Table("case", "kind", "submission", "state", "deadline", "claimed until")
    for case in cases:
        until = local(case.get("claimExpireTime"))
        deadline = local(case.get("deadline"))
        table.add_row(case["caseId"], case["kind"], of_three(case), case["state"], deadline, until)
    print_table(table, f"{len(cases)} cases")


@app.command()
def show(
    case_id: CaseArgument,
    password: PasswordOption,
    login_name: LoginOption = LOGIN,
    base_url: GatewayOption = GATEWAY,
) -> None:
    """Show a case: the person, what was handed in, where an image was seen with others, what was decided."""
    show_case(as_staff(base_url, login_name, password, lambda api: api.get(f"/v1/cases/{case_id}")))


@app.command()
def claim(
    case_id: CaseArgument,
    password: PasswordOption,
    login_name: LoginOption = LOGIN,
    base_url: GatewayOption = GATEWAY,
) -> None:
    """Take a case out of the queue to decide it; again, to keep it longer."""
    show_case(as_staff(base_url, login_name, password, lambda api: api.send("POST", f"/v1/cases/{case_id}:claim", {})))


@app.command()
def release(
    case_id: CaseArgument,
    password: PasswordOption,
    login_name: LoginOption = LOGIN,
    base_url: GatewayOption = GATEWAY,
) -> None:
    """Give a claimed case back to the queue."""
    show_case(
        as_staff(base_url, login_name, password, lambda api: api.send("POST", f"/v1/cases/{case_id}:release", {}))
    )


@app.command()
def save(
    case_id: CaseArgument,
    password: PasswordOption,
    login_name: LoginOption = LOGIN,
    base_url: GatewayOption = GATEWAY,
    material_id: Annotated[uuid.UUID | None, typer.Option("--material", help="Only this image.")] = None,
    folder: Annotated[Path, typer.Option("--to", file_okay=False, help="The folder to save to.")] = Path(),
) -> None:
    """Save images of a case you have claimed, or of a decided one, as files. Every one is noted in the audit log."""

    async def work(api: "Api") -> list[tuple[str, bytes]]:
        path = f"/v1/cases/{case_id}"
        known = (await api.get(path)).get("materials", [])
        wanted = [one for one in known if material_id is None or one["materialId"] == str(material_id)]
        return [(file_name(one), await api.download(f"{path}/materials/{one['materialId']}")) for one in wanted]

    images = as_staff(base_url, login_name, password, work)
    if not images:
        fail("The case has no such image.")
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in images:
        (folder / name).write_bytes(content)
        typer.echo(f"saved {folder / name} ({len(content):,} bytes)")


@app.command()
def person(
    case_id: CaseArgument,
    password: PasswordOption,
    login_name: LoginOption = LOGIN,
    base_url: GatewayOption = GATEWAY,
    portrait: Annotated[
        Path | None, typer.Option("--portrait-to", dir_okay=False, help="Save the portrait on record as this file.")
    ] = None,
) -> None:
    """Show whom a case is about, as registered, to compare the images with: one you have claimed, or a decided one.

    Every look, and every saving of the portrait, is noted in the audit log.
    """

    async def work(api: "Api") -> tuple[Json, bytes]:
        candidate = await api.get(f"/v1/cases/{case_id}/candidate")
        wanted = portrait is not None and "portraitUpdateTime" in candidate
        return candidate, await api.download(f"/v1/cases/{case_id}/portrait") if wanted else b""

    candidate, content = as_staff(base_url, login_name, password, work)
    show_person(candidate)
    if portrait is None:
        return
    if not content:
        fail("There is no portrait on record.")
    portrait.parent.mkdir(parents=True, exist_ok=True)
    portrait.write_bytes(content)
    typer.echo(f"saved {portrait} ({len(content):,} bytes)")


@app.command()
def approve(
    case_id: CaseArgument,
    password: PasswordOption,
    login_name: LoginOption = LOGIN,
    base_url: GatewayOption = GATEWAY,
    note: NoteOption = "",
) -> None:
    """Approve the submission of a case you have claimed."""
    _decide(case_id, (base_url, login_name, password), {"verdict": "APPROVED", "note": note})


@app.command()
def reject(
    case_id: CaseArgument,
    reason: ReasonOption,
    password: PasswordOption,
    login_name: LoginOption = LOGIN,
    base_url: GatewayOption = GATEWAY,
    note: NoteOption = "",
) -> None:
    """Reject the submission of a case you have claimed."""
    judgement = {"verdict": "REJECTED", "reason": reason.value, "note": note}
    _decide(case_id, (base_url, login_name, password), judgement)


@app.command("ask-again")
def ask_again(
    case_id: CaseArgument,
    reason: ReasonOption,
    password: PasswordOption,
    login_name: LoginOption = LOGIN,
    base_url: GatewayOption = GATEWAY,
    note: NoteOption = "",
) -> None:
    """Ask the candidate for further or better images, without judging."""
    judgement = {"verdict": "ASKED_AGAIN", "reason": reason.value, "note": note}
    _decide(case_id, (base_url, login_name, password), judgement)


@app.command()
def figures(
    password: PasswordOption,
    login_name: LoginOption = LOGIN,
    base_url: GatewayOption = GATEWAY,
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days back.")] = 30,
) -> None:
    """Show what waits, since when, what was decided per day, and how often second reviewers agreed."""
    found = as_staff(base_url, login_name, password, lambda api: api.get("/v1/review-figures", days=str(days)))
    table = Table("day", "approved", "rejected", "asked again")
    for day in found.get("days", []):
        table.add_row(day["date"], *(str(day.get(name, 0)) for name in ("approved", "rejected", "askedAgain")))
    counted = ", ".join(f"{found.get(name, 0)} {name}" for name in ("waiting", "claimed", "overdue"))
    oldest = local(found.get("oldestSubmitTime")) or "none"
    agreed = f"{found.get('agreed', 0)} of {found.get('doubleReviewed', 0)}"
    print_table(
        table, f"{found['organisation']}: {counted}; the oldest waiting since: {oldest}; second reviewers: {agreed}"
    )


@app.command()
def export(
    password: PasswordOption,
    login_name: LoginOption = LOGIN,
    base_url: GatewayOption = GATEWAY,
    first: Annotated[str, typer.Option("--from", metavar="DAY", help="As 2026-09-01; 30 days without.")] = "",
    last: Annotated[str, typer.Option("--until", metavar="DAY", help="This day included; today without.")] = "",
    file: Annotated[Path, typer.Option("--to", dir_okay=False, help="The file.")] = Path("decisions.csv"),
) -> None:
    """Save your organisation's decisions as CSV. The export is noted in the audit log."""
    days = {name: day for name, day in {"fromDate": first, "untilDate": last}.items() if day}
    content = as_staff(base_url, login_name, password, lambda api: api.download("/v1/cases:export", **days))
    file.write_bytes(content)
    typer.echo(f"saved {file} ({len(content.splitlines()) - 1} decisions)")


@sample.command("list")
def sample_list(password: PasswordOption, login_name: LoginOption = LOGIN, base_url: GatewayOption = GATEWAY) -> None:
    """List decisions of others that await a second judgement, oldest first."""
    found = as_staff(base_url, login_name, password, lambda api: api.get("/v1/second-reviews", pageSize="200"))
    reviews = found.get("secondReviews", [])
    table = Table("case", "submission", "kind", "decided")
    for one in reviews:
        table.add_row(one["caseId"], str(one["submission"]), one["kind"], local(one["decideTime"]))
    print_table(table, f"{len(reviews)} to judge again")


@sample.command("show")
def sampleshow_case(
    case_id: CaseArgument,
    submission: SubmissionArgument,
    password: PasswordOption,
    login_name: LoginOption = LOGIN,
    base_url: GatewayOption = GATEWAY,
) -> None:
    """Show what the first reviewer had before them, without the verdict. `zikao review save` saves the images."""
    path = _second(case_id, submission)
    show_second(as_staff(base_url, login_name, password, lambda api: api.get(path)))


@sample.command("judge")
def sample_judge(
    case_id: CaseArgument,
    submission: SubmissionArgument,
    verdict: Annotated[Verdict, typer.Option(help="What you would have decided.")],
    password: PasswordOption,
    login_name: LoginOption = LOGIN,
    base_url: GatewayOption = GATEWAY,
    reason: Annotated[Reason | None, typer.Option(help="Why; needed unless APPROVED.")] = None,
    note: JudgementNote = "",
) -> None:
    """Say what you would have decided; nothing changes for the candidate."""
    judgement = {"verdict": verdict.value, "note": note, "requestId": str(uuid.uuid4())}
    if reason is not None:
        judgement["reason"] = reason.value
    path = f"{_second(case_id, submission)}:decide"
    answer = as_staff(base_url, login_name, password, lambda api: api.send("POST", path, judgement))
    typer.echo(
        "You agree with the first reviewer." if answer.get("agreed") else "The first reviewer decided otherwise."
    )


def _decide(case_id: uuid.UUID, who: tuple[str, str, str], judgement: Mapping[str, str]) -> None:
    """Decides what is in the case now; the etag tells when somebody else changed it meanwhile (F-14)."""

    async def work(api: "Api") -> Json:
        path = f"/v1/cases/{case_id}"
        etag = (await api.get(path))["etag"]
        return await api.send("POST", f"{path}:decide", {**judgement, "etag": etag, "requestId": str(uuid.uuid4())})

    show_case(as_staff(*who, work))


def _second(case_id: uuid.UUID, submission: int) -> str:
    return f"/v1/cases/{case_id}/second-reviews/{submission}"
