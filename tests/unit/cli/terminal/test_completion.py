"""What the installed command offers to a shell, by the protocol that its completion script speaks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.deployment.service_process import MODULES, SEALING
from cli.journey.chaos.fault_choice import MEANINGS
from cli.journey.scenarios.scenario_table import SCENARIOS
from sandbox.faults.fault_table import FaultKind, FaultTarget

ZIKAO = Path(sys.executable).with_name("zikao")


def offered(*words: str) -> set[str]:
    """What may stand in place of the last of `words`."""
    line = " ".join(("zikao", *words))
    told = {"_ZIKAO_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words))}
    asked = subprocess.run([ZIKAO], env={**os.environ, **told}, capture_output=True, text=True, check=True)
    assert asked.stderr == ""
    return set(asked.stdout.split())


def test_commands_are_completed() -> None:
    assert {"up", "reset", "serve", "journey", "admin", "sandbox", "review", "verify"} <= offered("")
    assert offered("adm") == {"admin"}
    assert {"open-session", "import-candidates", "refund-batch"} <= offered("admin", "")


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("serve", ""), set(MODULES)),
        (("reencrypt", ""), set(SEALING)),
        (("journey", "--scenario", ""), {*SCENARIOS, "all"}),
        (("journey", "--faults", ""), set(MEANINGS)),
        (("sandbox", "fault", "set", ""), {target.value for target in FaultTarget}),
        (("sandbox", "fault", "set", "bill", ""), {kind.value for kind in FaultKind}),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, tuple) else "",
)
def test_words_of_a_list_are_completed(words: tuple[str, ...], names: set[str]) -> None:
    assert offered(*words) == names


def test_a_word_that_is_begun_is_completed_to_what_begins_so() -> None:
    assert offered("journey", "--scenario", "ph") == {"phone-change", "photo-or-details"}


def test_the_script_for_the_shell_is_shown_and_installed(tmp_path: Path) -> None:
    environment = {**os.environ, "HOME": str(tmp_path)}
    for option in ("--show-completion", "--install-completion"):
        command = ["bash", "-c", f"{ZIKAO} {option}; exit $?"]  # the shell that asks is found by who started us
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert "_ZIKAO_COMPLETE" in done.stdout or "installed" in done.stdout
    installed = tmp_path / ".bash_completions" / "zikao.sh"
    assert "_ZIKAO_COMPLETE" in installed.read_text()
