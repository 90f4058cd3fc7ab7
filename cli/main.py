"""The `zikao` command: its table of contents. What a command needs is imported when it is used."""

import typer

from cli.admin import commands as admin
from cli.deployment import commands as process
from cli.journey import commands as journey
from cli.reviewer import commands as reviewer
from cli.sandbox import commands as sandbox
from cli.suite import commands as suite
from cli.verify import commands as verify

app = typer.Typer(
    name="zikao",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",  # so that a paragraph of a docstring is one, wherever its lines end
    help="Zikao: registration for the self-study higher-education examinations (自学考试). "
    "Start with `zikao up`, then `zikao journey`.",
)
app.add_typer(suite.app)
app.add_typer(process.app)
app.add_typer(journey.app)
app.add_typer(admin.app, name="admin")
admin.app.command("reset-factor")(process.reset_factor)
app.add_typer(sandbox.app, name="sandbox")
app.add_typer(reviewer.app, name="review")
app.add_typer(verify.app, name="verify")


if __name__ == "__main__":
    app()
