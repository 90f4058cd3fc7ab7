"""A reviewer's commands about decisions of others that are judged a second time (RE-9)."""

import uuid
from typing import Annotated

import typer

from cli.reviewer.case_enums import DecisionReason, DecisionVerdict
from cli.reviewer.case_tables import print_table, show_second
from cli.staff.staff_command import Staff, reviewer_command
from cli.terminal.formatting import list_table, local_minute

app = typer.Typer(no_args_is_help=True, help="Decisions of others that you judge a second time (RE-9).")

CaseArgument = Annotated[uuid.UUID, typer.Argument(metavar="CASE", help="The case's number.")]
SubmissionArgument = Annotated[int, typer.Argument(metavar="SUBMISSION", min=1, help="Which submission of it.")]
NoteOption = Annotated[str, typer.Option("--note", help="Words to those who compare judgements.")]


@app.command("list")
@reviewer_command
def list_decisions(staff: Staff) -> None:
    """List decisions of others that await a second judgement, oldest first."""
    found = staff.do(lambda api: api.get("/v1/second-reviews", pageSize="200"))
    reviews = found.get("secondReviews", [])
    rows = ((one["caseId"], one["submission"], one["kind"], local_minute(one["decideTime"])) for one in reviews)
    table = list_table("case", "submission", "kind", "decided", rows=rows)
    print_table(table, f"{len(reviews)} to judge again")


@app.command("show")
@reviewer_command
def show_decision(staff: Staff, case_id: CaseArgument, submission: SubmissionArgument) -> None:
    """Show what the first reviewer had before them, without the verdict. `zikao review save` saves the images."""
    path = _second(case_id, submission)
    show_second(staff.do(lambda api: api.get(path)))


@app.command("judge")
@reviewer_command
def judge(
    staff: Staff,
    case_id: CaseArgument,
    submission: SubmissionArgument,
    verdict: Annotated[DecisionVerdict, typer.Option(help="What you would have decided.")],
    reason: Annotated[DecisionReason | None, typer.Option(help="Why; needed unless APPROVED.")] = None,
    note: NoteOption = "",
) -> None:
    """Say what you would have decided; nothing changes for the candidate."""
    judgement = {"verdict": verdict.value, "note": note, "requestId": str(uuid.uuid4())}
    if reason is not None:
        judgement["reason"] = reason.value
    path = f"{_second(case_id, submission)}:decide"
    answer = staff.do(lambda api: api.send("POST", path, judgement))
    typer.echo(
        "You agree with the first reviewer." if answer.get("agreed") else "The first reviewer decided otherwise."
    )


def _second(case_id: uuid.UUID, submission: int) -> str:
    return f"/v1/cases/{case_id}/second-reviews/{submission}"
