"""`zikao journey --faults` on a running suite, small: everybody ends as they chose, whatever fails and dies (F-13)."""

import subprocess

from cli.suite.running_suite import RunningSuite
from tests.e2e.suite_process import ROOT, SuiteProcess, zikao

RUN_SECONDS = 300
CANDIDATES = 20
"""One deck: each of the intents is somebody's."""


def play(*options: str) -> "subprocess.CompletedProcess[str]":
    command = zikao("journey", "--count", str(CANDIDATES), "--faults", "all", "--seed", "7", *options)
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=RUN_SECONDS, check=False)


def test_everybody_ends_as_they_chose_though_the_world_fails_and_processes_are_killed(  # F-13, invariants 1 to 6
    suite: SuiteProcess,
) -> None:
    played = play("--home", str(suite.home.root), "--base-url", suite.gateway_url, "--sandbox-url", suite.sandbox_url)
    assert played.returncode == 0, played.stdout + played.stderr
    assert f"all {CANDIDATES}" in played.stdout
    for killed in ("payment", "enrollment", "gateway", "sandbox", "PostgreSQL"):
        assert f"{killed} died (signal SIGKILL)" in suite.printed()


def test_faults_are_refused_for_a_suite_that_is_not_the_one_at_home(suite: SuiteProcess) -> None:
    elsewhere = play("--home", str(suite.home.root), "--base-url", "http://127.0.0.1:9")
    assert elsewhere.returncode == 1
    assert "does not serve its gateway at http://127.0.0.1:9" in elsewhere.stderr


def test_the_processes_of_a_suite_are_found_through_its_home(suite: SuiteProcess) -> None:
    found = RunningSuite.of(suite.home)
    assert found.supervisor == suite.process.pid
    assert found.pid_of("payment") == suite.pid_of("payment")
    assert found.pid_of("nobody") is None
    assert not found.kill("nobody")
    assert found.serves("gateway", suite.gateway_url)
    assert not found.serves("gateway", suite.sandbox_url)
    assert not found.serves("gateway", suite.gateway_url.replace("127.0.0.1", "192.0.2.1"))
