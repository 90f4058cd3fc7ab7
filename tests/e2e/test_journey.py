"""The main job, as a person tries it: `zikao journey` against a running suite."""

import subprocess

from tests.e2e.suite_process import ROOT, SuiteProcess, zikao
from tests.support.wait_until import PATIENCE_SECONDS


def play(suite: SuiteProcess, *options: str) -> "subprocess.CompletedProcess[str]":
    """Plays `zikao journey` against the suite."""
    where = ("--home", str(suite.home.root), "--base-url", suite.gateway_url, "--sandbox-url", suite.sandbox_url)
    command = zikao("journey", *where, *options)
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)


def test_the_whole_journey_goes_as_the_rules_say(suite: SuiteProcess) -> None:
    played = play(suite)
    assert played.returncode == 0, played.stdout + played.stderr
    assert "The whole journey went as the rules say." in played.stdout


def test_many_journeys_end_with_throughput_and_latency(suite: SuiteProcess) -> None:
    played = play(suite, "--count", "4", "--concurrency", "2")
    assert played.returncode == 0, played.stdout + played.stderr
    assert "4 of 4 journeys" in played.stdout
    assert "check out" in played.stdout


def test_a_deviation_ends_it_with_what_was_expected(suite: SuiteProcess) -> None:
    where = ("--home", str(suite.home.root), "--base-url", suite.sandbox_url)
    played = subprocess.run(zikao("journey", *where), cwd=ROOT, capture_output=True, text=True, check=False)
    assert played.returncode == 1
    assert "expected GET /v1/sessions to answer 200, got 404" in played.stderr
