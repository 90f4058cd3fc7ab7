"""The command line: every command explains itself, and what is wrong is said in a sentence."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from chassis.postgres.migrations import SERVICES
from cli.deployment.service_process import MODULES
from cli.main import app

RUN = CliRunner()


def every_command(node: Any, *words: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield words, node
    for name, command in getattr(node, "commands", {}).items():
        yield from every_command(command, *words, name)


COMMANDS = dict(every_command(typer.main.get_command(app)))


@pytest.fixture(autouse=True)
def nothing_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of the caller's, and a folder of its own."""
    for variable in ("DATABASE_URL", "REDIS_URL", "ZIKAO_FIELD_KEY", "ZIKAO_ROLE_PASSWORDS"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(words: tuple[str, ...]) -> None:
    shown = RUN.invoke(app, [*words, "--help"])
    assert shown.exit_code == 0
    assert COMMANDS[words].help
    assert all(getattr(one, "help", None) for one in COMMANDS[words].params), words


@pytest.mark.parametrize("words", [words for words, node in COMMANDS.items() if hasattr(node, "commands")])
def test_a_group_alone_lists_its_commands(words: tuple[str, ...]) -> None:
    shown = RUN.invoke(app, list(words))
    assert all(name in shown.output for name in COMMANDS[words].commands)


def test_an_unknown_process_is_answered_with_those_there_are() -> None:
    refused = RUN.invoke(app, ["serve", "portal"])
    assert refused.exit_code == 1
    assert all(name in refused.output for name in MODULES)


def test_a_process_that_lacks_a_setting_names_the_variable_and_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZIKAO_SERVER__PORT", "secretly-wrong")
    refused = RUN.invoke(app, ["serve", "review"])
    assert refused.exit_code == 1
    assert "ZIKAO_FIELD_KEY" in refused.output
    assert "ZIKAO_SERVER__PORT" in refused.output
    assert "secretly-wrong" not in refused.output


def test_an_unknown_scenario_is_answered_with_those_there_are() -> None:
    from cli.journey.scenarios.scenario_table import SCENARIOS

    refused = RUN.invoke(app, ["journey", "--scenario", "nonesuch"])
    assert refused.exit_code == 1
    assert all(name in refused.output for name in SCENARIOS)


@pytest.mark.parametrize("words", [["journey", "--count", "0"], ["migrate"], ["admin", "import-catalogue", "nowhere"]])
def test_arguments_are_checked_before_anything_is_done(words: list[str]) -> None:
    assert RUN.invoke(app, words).exit_code == 2


def test_there_is_nothing_to_forget_where_nothing_was_stored() -> None:
    assert "nothing" in RUN.invoke(app, ["reset", "--home", "suite"]).output


def test_forgetting_asks_first(tmp_path: Path) -> None:
    (tmp_path / "suite").mkdir()
    assert RUN.invoke(app, ["reset", "--home", "suite"], input="n\n").exit_code == 1
    assert (tmp_path / "suite").exists()


def test_keys_are_made_once(tmp_path: Path) -> None:
    assert RUN.invoke(app, ["keys", "keys"]).exit_code == 0
    made = contents(tmp_path / "keys")
    assert {f"{service}.pem" for service in SERVICES} <= made.keys()
    RUN.invoke(app, ["keys", "keys"])
    assert contents(tmp_path / "keys") == made


def test_each_process_has_a_folder_with_its_own_private_key_alone(tmp_path: Path) -> None:  # OP-8
    RUN.invoke(app, ["keys", "keys"])
    for process in (*SERVICES, "gateway"):
        private = {name for name in contents(tmp_path / "keys" / process) if not name.endswith(".pub.pem")}
        assert private == {f"{process}.pem"} & {f"{service}.pem" for service in SERVICES}


def test_every_services_role_needs_a_password(tmp_path: Path) -> None:  # OP-8
    told = [f"--role-password={service}=secret" for service in SERVICES]
    for wanting in (told[1:], [*told[1:], "--role-password=identity="]):
        refused = RUN.invoke(app, ["migrate", "--database-url", "postgresql://127.0.0.1:1/zikao", *wanting])
        assert refused.exit_code == 1
        assert "Name a password for the role of each of identity" in refused.stderr


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
