"""`zikao sandbox`: plays with the simulated outside world of a running suite, over its HTTP address."""

from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from sandbox.faults.table import GLOBAL, MEANINGFUL, Kind, Target

if TYPE_CHECKING:
    import httpx

Json = dict[str, Any]

ANSWER_SECONDS = 30.0

app = typer.Typer(
    no_args_is_help=True,
    help="The simulated outside world: pay orders, read the inbox, make things go wrong. See docs/sandbox.md.",
)

_MEANINGS = "\n\n".join(
    f"{kind.value}: {', '.join(target.value for target in Target if target in targets)}."
    for kind, targets in MEANINGFUL.items()
)
fault = typer.Typer(
    no_args_is_help=True,
    help="Make things go wrong, see what does, and make it right again.\n\nWhat can go wrong how:\n\n" + _MEANINGS,
)
app.add_typer(fault, name="fault")

UrlOption = Annotated[
    str, typer.Option("--url", envvar="ZIKAO_SANDBOX_URL", help="The sandbox of the suite that is meant.")
]
LimitOption = Annotated[int, typer.Option("--limit", min=1, max=500, help="How many at most.")]
URL = "http://127.0.0.1:8090"


@fault.command("set")
def set_fault(
    target: Annotated[Target, typer.Argument(help="What goes wrong.")],
    kind: Annotated[Kind, typer.Argument(case_sensitive=False, help="How it goes wrong.")],
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
    _ask(url, "PUT", f"/faults/{_quoted(scope)}", json=body)
    typer.echo(f"{kind.value} for {target.value} ({scope}){'' if times is None else f', {times} time(s)'}.")


@fault.command("list")
def list_faults(url: UrlOption = URL) -> None:
    """Show what goes wrong now."""
    table = Table("scope", "target", "kind", "seconds", "times left", title="faults", title_justify="left")
    for one in _ask(url, "GET", "/faults")["faults"]:
        times = "until cleared" if one["times"] is None else str(one["times"])
        table.add_row(one["scope"], one["target"], one["kind"], f"{one['seconds']:g}", times)
    _show(table, "Nothing goes wrong.")


@fault.command("clear")
def clear_faults(
    scope: Annotated[str | None, typer.Argument(help="Only the faults of this scope; without it all.")] = None,
    url: UrlOption = URL,
) -> None:
    """Make it right again."""
    _ask(url, "DELETE", "/faults" if scope is None else f"/faults/{_quoted(scope)}")
    typer.echo("Nothing goes wrong any more." if scope is None else f"Nothing goes wrong for {scope} any more.")


@app.command()
def orders(
    out_trade_no: Annotated[str | None, typer.Argument(help="Only the order of this number.")] = None,
    state: Annotated[
        str | None, typer.Option(help="Only orders in this state: NOTPAY, USERPAYING, SUCCESS, CLOSED, REFUND.")
    ] = None,
    limit: LimitOption = 50,
    url: UrlOption = URL,
) -> None:
    """List the platform's orders, newest first, and how their notifications fared."""
    table = Table("number", "yuan", "state", "created", "pay page", "notified", title="orders", title_justify="left")
    for order in _orders(url, out_trade_no=out_trade_no, state=state, limit=limit):
        table.add_row(
            order["out_trade_no"],
            f"{order['amount_fen'] / 100:.2f}",
            order["state"],
            order["create_time"][:19],
            order["pay_url"],
            _notified(order["deliveries"]),
        )
    _show(table, "There are no such orders.")


@app.command()
def pay(
    out_trade_no: Annotated[str, typer.Argument(help="The order's number, as `zikao sandbox orders` lists it.")],
    even_if_closed: Annotated[
        bool, typer.Option("--even-if-closed", help="As a platform that lets money in on a closed order (PA-6).")
    ] = False,
    url: UrlOption = URL,
) -> None:
    """Pay an order, as if its QR code had been scanned."""
    found = _orders(url, out_trade_no=out_trade_no, limit=1)
    if not found:
        _fail(f"The platform has no order {out_trade_no}.")
    body = {"even_if_closed": even_if_closed}
    order = _ask(url, "POST", f"/scan/{found[0]['platform_trade_no']}/pay", json=body)
    typer.echo(f"{out_trade_no}: {order['state']}, {order['amount_fen'] / 100:.2f} yuan, paid {order['paid_time']}.")


@app.command()
def inbox(
    to: Annotated[str | None, typer.Argument(help="Only what went to this phone or e-mail address.")] = None,
    limit: LimitOption = 50,
    url: UrlOption = URL,
) -> None:
    """Read the text messages and e-mails that would have been sent, newest first."""
    table = Table("time", "channel", "to", "text", title="inbox", title_justify="left")
    parameters = {"limit": limit} | ({} if to is None else {"to": to})
    for message in _ask(url, "GET", "/messages", params=parameters)["messages"]:
        table.add_row(message["create_time"][:19], message["channel"], message["to"], message["text"])
    _show(table, "Nothing has arrived.")


def _orders(url: str, **parameters: str | int | None) -> list[Json]:
    given = {name: value for name, value in parameters.items() if value is not None}
    found: list[Json] = _ask(url, "GET", "/orders", params=given)["orders"]
    return found


def _notified(deliveries: list[Json]) -> str:
    if not deliveries:
        return "—"
    heard = sum(delivery["acknowledged_time"] is not None for delivery in deliveries)
    attempts = sum(delivery["attempts"] for delivery in deliveries)
    return f"{heard} of {len(deliveries)}, {attempts} attempt(s)"


def _ask(url: str, method: str, path: str, **content: Any) -> Json:
    import httpx

    try:
        with httpx.Client(base_url=url, timeout=ANSWER_SECONDS, trust_env=False) as http:
            answer = http.request(method, path, headers={"accept": "application/json"}, **content)
    except httpx.HTTPError as error:
        _fail(f"The sandbox at {url} does not answer ({type(error).__name__}). Is the suite running? `zikao up`")
    if not answer.is_success:
        _fail(_refusal(answer))
    return dict(answer.json()) if answer.content else {}


def _refusal(answer: "httpx.Response") -> str:
    try:
        error = answer.json()["error"]
        return f"{error['reason']}: {error['message']}"
    except (ValueError, KeyError, TypeError):
        return f"The sandbox answered {answer.status_code}."


def _quoted(scope: str) -> str:
    from urllib.parse import quote

    return quote(scope, safe="")


def _show(table: Table, when_empty: str) -> None:
    if table.row_count:
        Console().print(table)
    else:
        typer.echo(when_empty)


def _fail(sentence: str) -> NoReturn:
    typer.secho(sentence, err=True, fg=typer.colors.RED)
    raise typer.Exit(1)
