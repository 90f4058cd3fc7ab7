"""`zikao review`: a reviewer's desk at a terminal, over the suite's HTTP API (RE-4, RE-8, RE-9)."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from chassis.clock import SHANGHAI
from cli.staff import GATEWAY, GatewayOption, LoginOption, PasswordOption, as_staff, fail

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


class Kind(Enum):
    """What a case is about (RE-1)."""

    IDENTITY_PROOF = "IDENTITY_PROOF"
    DOCUMENT_TYPE = "DOCUMENT_TYPE"
    SPECIAL_MAJOR = "SPECIAL_MAJOR"
    DETAILS = "DETAILS"
    PHONE_CHANGE = "PHONE_CHANGE"
    PRACTICE_COURSE = "PRACTICE_COURSE"


class State(Enum):
    """Which cases to list."""

    WAITING = "WAITING"
    CLAIMED = "CLAIMED"
    COLLECTING = "COLLECTING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"


class Reason(Enum):
    """Why a submission is not approved."""

    IMAGE_UNREADABLE = "IMAGE_UNREADABLE"
    MATERIAL_MISSING = "MATERIAL_MISSING"
    DOCUMENT_MISMATCH = "DOCUMENT_MISMATCH"
    DOCUMENT_EXPIRED = "DOCUMENT_EXPIRED"
    PERSON_MISMATCH = "PERSON_MISMATCH"
    CONDITION_NOT_MET = "CONDITION_NOT_MET"
    SUSPECTED_FORGERY = "SUSPECTED_FORGERY"
    SEE_NOTE = "SEE_NOTE"
    PHOTO_UNFIT = "PHOTO_UNFIT"
    DETAILS_WRONG = "DETAILS_WRONG"


class Verdict(Enum):
    """What a second reviewer would have decided."""

    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    ASKED_AGAIN = "ASKED_AGAIN"


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
        until = _local(case.get("claimExpireTime"))
        deadline = _local(case.get("deadline"))
        table.add_row(case["caseId"], case["kind"], _of_three(case), case["state"], deadline, until)
    _print(table, f"{len(cases)} cases")


@app.command()
def show(
    case_id: CaseArgument, password: PasswordOption, login_name: LoginOption = LOGIN, base_url: GatewayOption = GATEWAY
) -> None:
    """Show a case: the person, what was handed in, where an image was seen with others, what was decided."""
    _show(as_staff(base_url, login_name, password, lambda api: api.get(f"/v1/cases/{case_id}")))


@app.command()
def claim(
    case_id: CaseArgument, password: PasswordOption, login_name: LoginOption = LOGIN, base_url: GatewayOption = GATEWAY
) -> None:
    """Take a case out of the queue to decide it; again, to keep it longer."""
    _show(as_staff(base_url, login_name, password, lambda api: api.send("POST", f"/v1/cases/{case_id}:claim", {})))


@app.command()
def release(
    case_id: CaseArgument, password: PasswordOption, login_name: LoginOption = LOGIN, base_url: GatewayOption = GATEWAY
) -> None:
    """Give a claimed case back to the queue."""
    _show(as_staff(base_url, login_name, password, lambda api: api.send("POST", f"/v1/cases/{case_id}:release", {})))


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
        return [(_file_name(one), await api.download(f"{path}/materials/{one['materialId']}")) for one in wanted]

    images = as_staff(base_url, login_name, password, work)
    if not images:
        fail("The case has no such image.")
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in images:
        (folder / name).write_bytes(content)
        typer.echo(f"saved {folder / name} ({len(content):,} bytes)")


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
    oldest = _local(found.get("oldestSubmitTime")) or "none"
    agreed = f"{found.get('agreed', 0)} of {found.get('doubleReviewed', 0)}"
    _print(table, f"{found['organisation']}: {counted}; the oldest waiting since: {oldest}; second reviewers: {agreed}")


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
        table.add_row(one["caseId"], str(one["submission"]), one["kind"], _local(one["decideTime"]))
    _print(table, f"{len(reviews)} to judge again")


@sample.command("show")
def sample_show(
    case_id: CaseArgument,
    submission: SubmissionArgument,
    password: PasswordOption,
    login_name: LoginOption = LOGIN,
    base_url: GatewayOption = GATEWAY,
) -> None:
    """Show what the first reviewer had before them, without the verdict. `zikao review save` saves the images."""
    path = _second(case_id, submission)
    _show_second(as_staff(base_url, login_name, password, lambda api: api.get(path)))


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

    _show(as_staff(*who, work))


def _show(case: Json) -> None:
    person = f"{case.get('displayName', '')} {case.get('maskedDocumentNumber', '')}".strip()
    table = Table(show_header=False)
    table.add_row("case", case["caseId"])
    table.add_row("about", f"{case['kind']}, {person}" if person else case["kind"])
    table.add_row("state", f"{case['state']}, submission {_of_three(case)}, etag {case['etag']}")
    table.add_row("deadline", _local(case.get("deadline")))
    table.add_row("claimed until", _local(case.get("claimExpireTime")))
    for decision in case.get("decisions", []):
        words = " ".join(part for part in (_reason(decision), decision.get("note", "")) if part)
        table.add_row(f"decision {decision['submission']}", f"{decision['verdict']} {words}; {decision['nextStepEn']}")
    _print(_with_materials(table, case.get("materials", [])), "")


def _show_second(review: Json) -> None:
    table = Table(show_header=False)
    table.add_row("case", f"{review['caseId']}, submission {review['submission']}")
    table.add_row("about", f"{review['kind']}, {review['displayName']} {review['maskedDocumentNumber']}")
    _print(_with_materials(table, review.get("materials", [])), "")


def _with_materials(table: Table, materials: Sequence[Json]) -> Table:
    for material in materials:
        size = f"{material['width']}×{material['height']}"
        table.add_row(f"image {material['submission']}", f"{material['kind']} {size} {material['materialId']}")
        for other in material.get("duplicates", []):
            seen = "the very same file" if other.get("exact") else "looks the same"
            where = f"case {other['caseId']}" if other.get("caseId") else "a case of another organisation"
            table.add_row("  seen with others", f"{seen} as in {where} (RE-8)")
    return table


def _print(table: Table, sentence: str) -> None:
    console = Console(soft_wrap=True)
    console.print(table)
    if sentence:
        console.print(sentence, highlight=False)


def _reason(decision: Json) -> str:
    """Why; nothing for an approval."""
    return "" if decision["verdict"] == Verdict.APPROVED.value else str(decision["reason"])


def _second(case_id: uuid.UUID, submission: int) -> str:
    return f"/v1/cases/{case_id}/second-reviews/{submission}"


def _of_three(case: Json) -> str:
    return f"{case.get('submission', 0)} ({case.get('submissionsLeft', 0)} left)"


def _file_name(material: Json) -> str:
    return f"{material['submission']}-{material['kind'].lower()}-{material['materialId']}.jpg"


def _local(instant: str | None) -> str:
    """An instant as a reviewer reads it: Shanghai's time."""
    return f"{datetime.fromisoformat(instant).astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if instant else ""
