"""Drafts before the opening, special majors, and faults of photo or details, on real processes (EN-14, EN-4)."""

import pytest

from tests.e2e.suite_process import SuiteProcess
from tests.e2e.test_journey import play


@pytest.mark.parametrize("scenario", ["draft", "special-major", "photo-or-details"])
def test_the_scenario_goes_as_the_rules_say(suite: SuiteProcess, scenario: str) -> None:  # EN-14, EN-4
    played = play(suite, "--scenario", scenario)
    assert played.returncode == 0, played.stdout + played.stderr
    assert "The whole journey went as the rules say." in played.stdout
