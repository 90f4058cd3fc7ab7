"""`zikao sandbox`: plays with the simulated outside world of a running suite, over its HTTP address."""

from typing import Annotated

import typer

from cli.sandbox import fault_commands
from cli.sandbox.client import URL, Json, UrlOption, ask, show
from cli.terminal.formatting import yuan
from cli.terminal.known_failures import fail
from sandbox.payments.order_states import OrderState

app = typer.Typer(
    no_args_is_help=True,
    help="The simulated outside world: pay orders, read the inbox, make things go wrong. See docs/sandbox.md.",
)
app.add_typer(fault_commands.app, name="fault")

LimitOption = Annotated[int, typer.Option("--limit", min=1, max=500, help="How many at most.")]


@app.command()
def orders(
    out_trade_no: Annotated[str | None, typer.Argument(help="Only the order of this number.")] = None,
    state: Annotated[OrderState | None, typer.Option(help="Only orders in this state.")] = None,
    limit: LimitOption = 50,
    url: UrlOption = URL,
) -> None:
    """List the platform's orders, newest first, and how their notifications fared."""
    rows = [
        (
            order["out_trade_no"],
            yuan(order["amount_fen"]),
            order["state"],
            order["create_time"][:19],
            order["pay_url"],
            _notified(order["deliveries"]),
        )
        for order in _orders(url, out_trade_no=out_trade_no, state=state.value if state else None, limit=limit)
    ]
    headings = ("number", "yuan", "state", "created", "pay page", "notified")
    show("orders", headings, rows, "There are no such orders.")


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
        fail(f"The platform has no order {out_trade_no}.")
    body = {"even_if_closed": even_if_closed}
    order = ask(url, "POST", f"/scan/{found[0]['platform_trade_no']}/pay", json=body)
    typer.echo(f"{out_trade_no}: {order['state']}, {yuan(order['amount_fen'])} yuan, paid {order['paid_time']}.")


@app.command()
def inbox(
    to: Annotated[str | None, typer.Argument(help="Only what went to this phone or e-mail address.")] = None,
    limit: LimitOption = 50,
    url: UrlOption = URL,
) -> None:
    """Read the text messages and e-mails that would have been sent, newest first."""
    parameters = {"limit": limit} | ({} if to is None else {"to": to})
    messages = ask(url, "GET", "/messages", params=parameters)["messages"]
    rows = [(one["create_time"][:19], one["channel"], one["to"], one["text"]) for one in messages]
    show("inbox", ("time", "channel", "to", "text"), rows, "Nothing has arrived.")


def _orders(url: str, **parameters: str | int | None) -> list[Json]:
    given = {name: value for name, value in parameters.items() if value is not None}
    found: list[Json] = ask(url, "GET", "/orders", params=given)["orders"]
    return found


def _notified(deliveries: list[Json]) -> str:
    if not deliveries:
        return "—"
    heard = sum(delivery["acknowledged_time"] is not None for delivery in deliveries)
    attempts = sum(delivery["attempts"] for delivery in deliveries)
    return f"{heard} of {len(deliveries)}, {attempts} attempt(s)"
