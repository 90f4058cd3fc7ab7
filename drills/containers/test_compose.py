"""The suite of deploy/compose.yaml from nothing to candidates who are paid, and to a clean end (OP-2, OP-6)."""

from collections.abc import Mapping
from typing import Any

import yaml

from drills.containers.compose_suite import PROCESSES, ComposeSuite

JOURNEYS = 40
OWNER = "migrate"
"""Which service of Compose has the database owner's URL."""


def accounts(suite: ComposeSuite) -> Mapping[str, Any]:
    read = ["run", "--rm", "--entrypoint", "cat", "seed", "/seed/accounts.json"]
    return dict(yaml.safe_load(suite.compose(*read)))


def test_candidates_journeys_go_as_the_rules_say_and_everything_verifies(suite: ComposeSuite) -> None:  # OP-6
    assert f"{JOURNEYS} of {JOURNEYS} journeys" in suite.play(JOURNEYS)
    operator = accounts(suite)["operator"]["password"]
    said = {"ZIKAO_PASSWORD": operator, "ZIKAO_GATEWAY_URL": "http://gateway:8080"}
    told = [word for name, value in said.items() for word in ("--env", f"{name}={value}")]
    assert "The system verifies." in suite.compose("run", "--rm", "--no-deps", *told, OWNER, "verify", "all")


def test_seeding_again_changes_nothing(suite: ComposeSuite) -> None:
    before = accounts(suite)
    suite.seed()
    assert accounts(suite) == before


def test_every_process_ends_by_itself_when_told_to(suite: ComposeSuite) -> None:  # OP-2
    suite.compose("stop", *PROCESSES)
    ended = {name: suite.container_of(name)["State"] for name in PROCESSES}
    assert {name: state["ExitCode"] for name, state in ended.items()} == dict.fromkeys(PROCESSES, 0)
