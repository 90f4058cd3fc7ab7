"""Commands of a deployment: one process of the suite, the schemas and roles it needs, its keys."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.deployment.service_process import MODULES, SEALING
from cli.terminal.completion import one_of
from cli.terminal.known_failures import KnownFailure, fail, run

app = typer.Typer()


@app.command()
def serve(
    name: Annotated[
        str,
        typer.Argument(help=f"One of: {', '.join(MODULES)}.", autocompletion=one_of(lambda: MODULES)),
    ],
) -> None:
    """Run one process of the suite, configured by ZIKAO_ variables: what a container runs."""
    if name not in MODULES:
        fail(f"There is no process called {name}; there are {', '.join(MODULES)}.")
    from chassis.process.admin_port import PortTaken
    from cli.deployment import service_process

    try:
        service_process.run(name)
    except (KnownFailure, PortTaken) as known:
        fail(str(known))


@app.command()
def migrate(
    database_url: Annotated[str, typer.Option(envvar="DATABASE_URL", help="The owner's URL of the database.")],
    role_passwords: Annotated[
        list[str],
        typer.Option(
            "--role-password",
            envvar="ZIKAO_ROLE_PASSWORDS",
            help="SERVICE=PASSWORD, once for each service: what its database role gets.",
        ),
    ],
) -> None:
    """Prepare schemas and roles and bring every schema to the newest revision. Safe to run again, and before or after
    new code starts.
    """
    from chassis.postgres.migrations import SERVICES
    from cli.local import schemas_and_roles

    passwords = dict(told.partition("=")[::2] for told in role_passwords)
    if passwords.keys() != set(SERVICES) or not all(passwords.values()):
        fail(f"Name a password for the role of each of {', '.join(SERVICES)}: --role-password {SERVICES[0]}=…")
    run(schemas_and_roles.prepare(database_url, passwords))
    for service in SERVICES:
        try:
            schemas_and_roles.upgrade(service, database_url)
        except schemas_and_roles.SchemaRefused as known:
            fail(known.sentence)
        typer.echo(f"{service}: current")


@app.command()
def keys(folder: Annotated[Path, typer.Argument(help="Where the keys go.")]) -> None:
    """Make the services' signing keys that are missing in a folder, and leave those that are there. What each process
    may see of them lies in a folder of its own below.
    """
    from chassis.security.tokens import ensure_keys, ensure_own_keys

    ensure_keys(folder)
    for process in MODULES:
        ensure_own_keys(folder, process)
    typer.echo(
        f"Every service has a key in {folder}; keep the .pem files secret and give everybody the .pub.pem files, "
        "or each process the folder with its name."
    )


def reset_factor(
    login_name: Annotated[str, typer.Argument(help="Whose second factor is lost.")],
    reason: Annotated[str, typer.Option(help="Why, and how the person was known; the audit log keeps it.")],
) -> None:
    """Take all second factors of a member of staff away where no other operator can do it on a page.

    Run where identity runs and configured by its own ZIKAO_ variables: whoever can do this can read its database. All
    login sessions of the account end. Where the role requires a factor, the next login leads to enrolling one (ID-18).
    """
    from chassis.errors import NotFound
    from cli.deployment.service_process import configured

    try:
        module, config = configured("identity")
        asyncio.run(module.reset_second_factors(config, login_name, reason))
    except NotFound:
        fail(f"No member of staff is called {login_name}.")
    except KnownFailure as known:
        fail(str(known))
    typer.echo(f"{login_name} has no second factor any more; the audit log says so.")


@app.command()
def reencrypt(
    service: Annotated[
        str,
        typer.Argument(help=f"One of: {', '.join(SEALING)}.", autocompletion=one_of(lambda: SEALING)),
    ],
) -> None:
    """Put what a service has sealed under earlier field keys under the one in use, while the service works.

    Configured by the service's own ZIKAO_ variables: ZIKAO_FIELD_KEY is the new key, ZIKAO_RETIRED_FIELD_KEYS has the
    earlier ones. Safe to end at any time and to repeat: it goes on with what is left.
    """
    from cli.deployment.reencryption import reencrypt_service

    if service not in SEALING:
        fail(f"{service} seals nothing; there are {', '.join(SEALING)}.")
    run(reencrypt_service(Console(), service))
