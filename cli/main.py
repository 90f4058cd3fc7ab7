"""The `zikao` command: its table of contents. Each group is a module, imported when it is used."""

import asyncio
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from cli import candidates, money, sandbox, sessions, verify
from cli.endings import fail as _fail
from cli.endings import run as _run
from cli.options import GATEWAY, GatewayOption, LoginOption, PasswordOption
from cli.review import desk
from cli.serve import MODULES

if TYPE_CHECKING:
    from cli.journey.play import Target
    from cli.suite.processes import Ports

HOME = Path(".zikao")

app = typer.Typer(
    name="zikao",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Zikao: registration for the self-study higher-education examinations (自学考试). "
    "Start with `zikao up`, then `zikao journey`.",
)

HomeOption = Annotated[Path, typer.Option("--home", help="Where the suite keeps its data.")]
PortsOption = Annotated[
    int | None, typer.Option("--ports-from", help="Use consecutive ports from this one instead of the usual ones.")
]


@app.command()
def up(
    home: HomeOption = HOME,
    ports_from: PortsOption = None,
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
    is started again.
    """
    from cli.suite.home import Home
    from cli.suite.up import Suite
    from cli.suite.up import up as run

    console = Console()
    suite = Suite(Home(home.resolve()), _ports(ports_from), console, redis_url=redis_url, database_url=database_url)
    _run(run(suite, console))


@app.command()
def reset(
    home: HomeOption = HOME,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Forget everything a suite on this machine has stored, after asking."""
    from cli.suite.home import Home, HomeUnusable

    if not home.exists():
        typer.echo(f"There is nothing at {home}.")
        return
    if not yes:
        typer.confirm(f"Delete all candidates, orders, keys and accounts under {home.resolve()}?", abort=True)
    try:
        Home(home.resolve()).forget()
    except HomeUnusable as held:
        _fail(str(held))
    typer.echo("Forgotten. `make run` starts afresh.")


@app.command()
def serve(name: Annotated[str, typer.Argument(help=f"One of: {', '.join(MODULES)}.")]) -> None:
    """Run one process of the suite, configured by ZIKAO_ variables: what a container runs."""
    if name not in MODULES:
        _fail(f"There is no process called {name}; there are {', '.join(MODULES)}.")
    from chassis.process.admin_port import PortTaken
    from cli import serve as serving

    try:
        serving.run(name)
    except (serving.Misconfigured, PortTaken) as known:
        _fail(str(known))


@app.command()
def migrate(
    database_url: Annotated[str, typer.Option(envvar="DATABASE_URL", help="The owner's URL of the database.")],
    role_password: Annotated[
        str, typer.Option(envvar="ZIKAO_ROLE_PASSWORD", help="The password the services' roles get.")
    ],
) -> None:
    """Prepare schemas and roles and bring every schema to the newest revision. Safe to run again, and before or after
    new code starts.
    """
    from chassis.postgres import migrations
    from cli.local import bootstrap

    asyncio.run(bootstrap.prepare(database_url, role_password))
    for service in migrations.SERVICES:
        try:
            migrations.upgrade(service, database_url)
        except migrations.SchemaUnknown as known:
            _fail(str(known))
        typer.echo(f"{service}: current")


@app.command()
def keys(folder: Annotated[Path, typer.Argument(help="Where the keys go.")]) -> None:
    """Make the services' signing keys that are missing in a folder, and leave those that are there."""
    from chassis.security.tokens import ensure_keys

    ensure_keys(folder)
    typer.echo(
        f"Every service has a key in {folder}; keep the .pem files secret and give everybody the .pub.pem files."
    )


@app.command()
def reencrypt(service: Annotated[str, typer.Argument(help="identity or review.")]) -> None:
    """Put what a service has sealed under earlier field keys under the one in use, while the service works.

    Configured by the service's own ZIKAO_ variables: ZIKAO_FIELD_KEY is the new key, ZIKAO_RETIRED_FIELD_KEYS has the
    earlier ones. Safe to end at any time and to repeat: it goes on with what is left.
    """
    from cli import reencrypt as rewriting
    from cli.serve import Misconfigured

    if service not in rewriting.SERVICES:
        _fail(f"{service} seals nothing; there are {', '.join(rewriting.SERVICES)}.")
    try:
        _run(rewriting.run(Console(), service))
    except (Misconfigured, rewriting.KeyMissing) as known:
        _fail(str(known))


@app.command()
def journey(
    base_url: Annotated[
        str | None,
        typer.Option(
            help="The gateway of a running suite; without it the one at --home, or one started for the purpose."
        ),
    ] = None,
    sandbox_url: Annotated[str | None, typer.Option(help="The sandbox of that suite.")] = None,
    scenario: Annotated[
        list[str] | None,
        typer.Option(help="Which scenario to play, told step by step; several times for several, `all` for all."),
    ] = None,
    count: Annotated[
        int, typer.Option(min=1, help="How many candidates; more than one makes it a load generator.")
    ] = 1,
    concurrency: Annotated[int, typer.Option(min=1, help="How many at once.")] = 8,
    faults: Annotated[
        list[str] | None,
        typer.Option(
            help="Trouble while --count candidates play: late, lost, duplicate, forged, wrong-amount, outage, slow "
            "(the sandbox's faults), kill (SIGKILL to payment, enrollment, gateway and sandbox), or `all`; several "
            "times for several."
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="With --faults: play the plan of an earlier run, which printed its seed.")
    ] = None,
    home: HomeOption = HOME,
) -> None:
    """Play a candidate's whole journey over HTTP and check every step of it.

    One journey is told step by step. With --count it generates load, and ends with throughput and latency per step.
    Any deviation from the rules ends it with a non-zero status and says what was expected. An unknown --scenario lists
    those there are.

    With --faults it is a chaos run against a suite of this machine: candidates who pay, pay twice, pay late, change
    their mind, want their money back, cancel or walk away, while faults are set at random and processes are killed and
    started again. Then the faults are cleared (every fault of the scope `global`), everybody is waited for, all six
    invariants are proved as by `zikao verify all`, and a table says how everybody ended. It ends with a non-zero status
    unless each candidate is effective, refunded or unpaid by their own choice.
    """
    from cli.journey.play import Target, play
    from cli.journey.scenarios import MAIN_JOB, SCENARIOS
    from cli.suite.home import Home

    target = Target(Home(home.resolve()), base_url, sandbox_url)
    if faults and scenario:
        _fail("--faults plays candidates of its own; leave --scenario away.")
    if faults:
        _chaos(target, faults, seed, count, concurrency)
        return
    chosen = list(SCENARIOS) if scenario == ["all"] else scenario or [MAIN_JOB]
    if unknown := [name for name in chosen if name not in SCENARIOS]:
        there_are = "\n".join(f"  {name}: {one.shows}" for name, one in SCENARIOS.items())
        _fail(f"There is no scenario {unknown[0]}; there are:\n{there_are}")

    _run(play(target, Console(), scenarios=chosen, count=count, concurrency=concurrency))


def _chaos(target: "Target", faults: list[str], seed: int | None, count: int, concurrency: int) -> None:
    from cli.journey.chaos.faults import MEANINGS, chosen
    from cli.journey.chaos.run import Options, play

    try:
        asked = chosen(faults)
    except KeyError as unknown:
        there_are = "\n".join(f"  {name}: {means}" for name, means in MEANINGS.items())
        _fail(f"There is no fault called {unknown.args[0]}; there are:\n{there_are}")
    chosen_seed = secrets.randbelow(10**6) if seed is None else seed
    _run(play(target, Console(), Options(asked, chosen_seed, count, concurrency)))


admin = typer.Typer(no_args_is_help=True, help="Operators' work, over the suite's HTTP API.")
app.add_typer(admin, name="admin")
admin.add_typer(sessions.app)
admin.add_typer(candidates.app)
admin.add_typer(money.app)
app.add_typer(sandbox.app, name="sandbox")
app.add_typer(desk.app, name="review")
app.add_typer(verify.app, name="verify")


@admin.command("import-catalogue")
def import_catalogue(
    folder: Annotated[
        Path, typer.Argument(exists=True, file_okay=False, help="A folder of .csv or .xlsx files, as deploy/catalog.")
    ],
    password: PasswordOption,
    login_name: LoginOption = "operator",
    base_url: GatewayOption = GATEWAY,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and report; change nothing.")] = False,
) -> None:
    """Import catalogue files, all or nothing; every bad row is listed with file, line, column and what was expected
    (EN-1).
    """
    from cli.admin import import_catalogue as run

    if not _run(run(Console(), folder, base_url, login_name, password, dry_run=dry_run)):
        raise typer.Exit(1)


def _ports(first: int | None) -> "Ports":
    from cli.suite.processes import ports_from, usual_ports

    return usual_ports() if first is None else ports_from(first)


if __name__ == "__main__":
    app()
