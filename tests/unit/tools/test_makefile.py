"""What `make` does beyond calling a tool."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from chassis.postgres.migrations import ROOT
from tools import migration

EXPLAINED = re.compile(r"^([a-z]+):.*## ", re.MULTILINE)


def test_format_formats_even_when_a_lint_error_stays_and_says_so_by_its_status(tmp_path: Path) -> None:
    (tmp_path / "set_up").touch()
    (tmp_path / "module.py").write_text("value = ( unknown )\n")
    tools = [f"VENV={Path(sys.executable).parent.parent}", "SETUP=set_up", "--assume-old=set_up"]
    command = ["make", f"--makefile={ROOT / 'Makefile'}", "format", *tools]
    made = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (tmp_path / "module.py").read_text() == "value = unknown\n"
    assert "undefined name" in made.stdout.lower()
    assert made.returncode != 0


def test_help_lists_every_target_that_has_an_explanation() -> None:
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    explained = EXPLAINED.findall((ROOT / "Makefile").read_text())
    assert [line.split()[1] for line in listed.splitlines()] == explained


@pytest.mark.parametrize(
    "arguments",
    [["", ""], ["review", ""], ["", "add_rooms"], ["rooms", "add_rooms"], ["review", "Add rooms"]],
    ids=["neither", "no name", "no service", "no such service", "a name in words"],
)
def test_a_migration_that_is_not_named_is_explained(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        migration.main(arguments)
    assert ended.value.code == 2
    assert "make migration SERVICE=review NAME=add_announcements" in capsys.readouterr().err
