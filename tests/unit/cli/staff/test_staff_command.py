"""Who gives a command: one list of options for operators and reviewers, and a sentence when nobody answers."""

from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from cli.admin import commands as admin
from cli.reviewer import commands as reviewer
from cli.staff.staff_command import GATEWAY, Staff, reviewer_command
from cli.verify import commands as verify

RUN = CliRunner()
STAFF_OPTIONS = ["--password", "--login-name", "--base-url"]
WITHOUT_SUITE = {"statement", "reset-factor"}
"""The one needs a key and nothing else (PA-10), the other identity's own settings, since nobody can log in (ID-18)."""


@pytest.mark.parametrize(
    ("app", "login_name"), [(admin.app, "operator"), (verify.app, "operator"), (reviewer.app, "reviewer")]
)
def test_every_command_of_the_staff_ends_with_the_same_three_options(app: typer.Typer, login_name: str) -> None:
    group = typer.main.get_command(app)
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        if name in WITHOUT_SUITE or hasattr(command, "commands"):
            continue
        last = command.params[-3:]
        assert [one.opts[0] for one in last] == STAFF_OPTIONS, name
        assert [one.envvar for one in last] == ["ZIKAO_PASSWORD", "ZIKAO_LOGIN_NAME", "ZIKAO_GATEWAY_URL"]
        assert [one.default for one in last[1:]] == [login_name, GATEWAY]


def test_a_command_is_handed_who_gives_it() -> None:
    heard: list[tuple[Staff, str]] = []
    app = typer.Typer()

    @app.command()
    @reviewer_command
    def say(staff: Staff, word: Annotated[str, typer.Argument()]) -> None:
        heard.append((staff, word))

    assert RUN.invoke(app, ["hello", "--password", "secret", "--base-url", "http://gateway"]).exit_code == 0
    assert heard == [(Staff("http://gateway", "reviewer", "secret"), "hello")]


def test_a_gateway_that_is_not_there_ends_a_command_with_a_sentence() -> None:
    words = ["session-counts", "2026-10", "--password", "any", "--base-url", "http://127.0.0.1:1"]
    refused = RUN.invoke(admin.app, words)
    assert refused.exit_code == 1
    assert "does not answer" in refused.output
    assert "Traceback" not in refused.output
