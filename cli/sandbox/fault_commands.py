"""`zikao sandbox fault`: makes things go wrong in the simulated outside world."""

from typing import Annotated
from urllib.parse import quote

import typer

from cli.sandbox.client import URL, UrlOption, ask, show
from sandbox.faults.fault_table import GLOBAL, MEANINGFUL, FaultKind, FaultTarget

_MEANINGS = "\n\n".join(
    f"{kind.value}: {', '.join(target.value for target in FaultTarget if target in targets)}."
    for kind, targets in MEANINGFUL.items()
)
app = typer.Typer(
    no_args_is_help=True,
    help="Make things go wrong, see what does, and make it right again.\n\nWhat can go wrong how:\n\n" + _MEANINGS,
)


@app.command("set")
def set_fault(
    target: Annotated[FaultTarget, typer.Argument(help="What goes wrong.")],
    kind: Annotated[FaultKind, typer.Argument(case_sensitive=False, help="How it goes wrong.")],
    scope: Annotated[
        str,
        typer.Option(
            help="For which one thing: an order's number at the platform, a document number, a phone or e-mail "
            "address, an order id. The narrower scope wins."
        ),
    ] = GLOBAL,
    seconds: Annotated[float, typer.Option(min=0, help="How long, for LATE and SLOW.")] = 0,
    times: Annotated[int | None, typer.Option(min=1, help="How often; without it until it is cleared.")] = None,
    url: UrlOption = URL,
) -> None:
    """Make something go wrong from now on, in place of an earlier fault of the same scope and target.

    For example, the next notification comes ten times at once: zikao sandbox fault set notification DUPLICATE --times 1
    """
    body = {"target": target.value, "kind": kind.value, "seconds": seconds, "times": times}
    ask(url, "PUT", f"/faults/{quote(scope, safe='')}", json=body)
    typer.echo(f"{kind.value} for {target.value} ({scope}){'' if times is None else f', {times} time(s)'}.")


@app.command("list")
def list_faults(url: UrlOption = URL) -> None:
    """Show what goes wrong now."""
    rows = [
        (one["scope"], one["target"], one["kind"], f"{one['seconds']:g}", one["times"] or "until cleared")
        for one in ask(url, "GET", "/faults")["faults"]
    ]
    show("faults", ("scope", "target", "kind", "seconds", "times left"), rows, "Nothing goes wrong.")


@app.command("clear")
def clear_faults(
    scope: Annotated[str | None, typer.Argument(help="Only the faults of this scope; without it all.")] = None,
    url: UrlOption = URL,
) -> None:
    """Make it right again."""
    ask(url, "DELETE", "/faults" if scope is None else f"/faults/{quote(scope, safe='')}")
    typer.echo("Nothing goes wrong any more." if scope is None else f"Nothing goes wrong for {scope} any more.")
