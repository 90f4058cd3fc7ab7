"""`zikao up` and `zikao reset`: the whole suite on this machine. `zikao seed`: what a demonstration starts with."""

from typing import Annotated

import typer
from rich.console import Console

from cli.staff.staff_command import GATEWAY
from cli.suite.options import HOME, MOST_REPLICAS, HomeOption
from cli.terminal.known_failures import KnownFailure, fail, run

app = typer.Typer()


@app.command()
def up(
    home: HomeOption = HOME,
    first_port: Annotated[
        int | None, typer.Option("--ports-from", help="Use consecutive ports from this one instead of the usual ones.")
    ] = None,
    replicas: Annotated[
        int,
        typer.Option(
            min=1,
            max=MOST_REPLICAS,
            help="How many of each process but the sandbox; with more than one, a Redis runs beside them.",
        ),
    ] = 1,
    database_url: Annotated[
        str | None,
        typer.Option(
            envvar="DATABASE_URL", help="Owner's URL of your own PostgreSQL; without it one is brought along."
        ),
    ] = None,
    redis_url: Annotated[
        str | None,
        typer.Option(
            envvar="REDIS_URL", help="A Redis to share limits and codes; without it they live in the processes."
        ),
    ] = None,
) -> None:
    """Start the whole suite on this machine and keep it running until Ctrl-C.

    PostgreSQL, migrations, the demonstration catalogue, the four services, the gateway and the sandbox. Whatever dies
    is started again, PostgreSQL and Redis too.
    """
    from cli.suite.home import Home
    from cli.suite.local_suite import Suite, run_until_stopped
    from cli.suite.process_table import ports_from, usual_ports

    console, ports = Console(), usual_ports(replicas) if first_port is None else ports_from(first_port, replicas)
    suite = Suite(Home(home.resolve()), ports, console, redis_url=redis_url, database_url=database_url)
    run(run_until_stopped(suite, console))


@app.command()
def seed(
    operator_password: Annotated[
        str,
        typer.Option(
            envvar="ZIKAO_BOOTSTRAP_OPERATOR_PASSWORD", help="What the first operator was given to log in with once."
        ),
    ],
    base_url: Annotated[str, typer.Option(envvar="ZIKAO_GATEWAY_URL", help="The gateway's address.")] = GATEWAY,
    home: HomeOption = HOME,
) -> None:
    """Give a suite what a demonstration starts with: the catalogue with a session whose window is open, reviewers, and
    enrolled candidates. For a suite that `zikao up` did not start, such as one in containers; never for production.

    Safe to run again: what is there stays, and a session is added only when no window is open. The passwords it chose
    are kept in accounts.json at --home, and shown.
    """
    from cli.suite.home import Home
    from cli.suite.seed import seed_and_show

    run(seed_and_show(Home(home.resolve()), base_url.rstrip("/"), operator_password, Console(soft_wrap=True)))


@app.command()
def reset(
    home: HomeOption = HOME,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Forget everything a suite on this machine has stored, after asking."""
    from cli.suite.home import Home

    if not home.exists():
        typer.echo(f"There is nothing at {home}.")
        return
    if not yes:
        typer.confirm(f"Delete all candidates, orders, keys and accounts under {home.resolve()}?", abort=True)
    try:
        Home(home.resolve()).forget()
    except KnownFailure as held:
        fail(str(held))
    typer.echo("Forgotten. `make run` starts afresh.")
