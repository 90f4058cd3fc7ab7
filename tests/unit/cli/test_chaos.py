"""What a chaos run has in store, and how it ends."""

import dataclasses

import pytest
from typer.testing import CliRunner

from cli.journey.chaos.faults import ALL, NAMES, chosen, possible
from cli.journey.chaos.intents import DECK, INTENTS, Ending
from cli.journey.chaos.plan import KILLED, Plan
from cli.journey.chaos.report import Report
from cli.journey.chaos.settling import Fate
from cli.journey.http import Deviation
from cli.main import app
from cli.proof import Proof
from cli.suite.home import Home, HomeUnusable
from cli.suite.running import RunningSuite
from sandbox.faults.api import NewFault, meaningful
from sandbox.faults.table import GLOBAL, Kind, Target

CLEAN = Proof("money", (), "")


@pytest.fixture
def report() -> Report:
    fates = [Fate(number, intent, None, {}, "") for number, intent in enumerate(INTENTS)]
    return Report(7, fates, {"payment": 2}, {"query LOST": 1}, 60.0, 5.0)


def test_the_same_seed_gives_the_same_plan_and_another_seed_another() -> None:
    faults = chosen([ALL])
    assert Plan.of(7, 60, faults) == Plan.of(7, 60, faults)
    assert Plan.of(7, 60, faults) != Plan.of(8, 60, faults)


@pytest.mark.parametrize("seed", range(5))
def test_everything_is_wanted_by_somebody_and_each_process_is_killed(seed: int) -> None:
    plan = Plan.of(seed, len(DECK), chosen([ALL]))
    assert {part.intent for part in plan.parts} == set(INTENTS)
    assert {name for _, name in plan.kills} == set(KILLED)
    assert all(after < len(plan.parts) for after, _ in plan.kills)


def test_kills_grow_with_the_run() -> None:
    assert len(Plan.of(1, 500, chosen(["kill"])).kills) == 50


def test_whoever_depends_on_a_window_that_ends_comes_first() -> None:
    hurried = [part.intent.hurried for part in Plan.of(3, 60, chosen([ALL])).parts]
    assert hurried == sorted(hurried, reverse=True)


def test_only_what_was_asked_for_goes_wrong() -> None:
    kills_only, late_only = Plan.of(1, 40, chosen(["kill"])), Plan.of(1, 40, chosen(["late"]))
    assert kills_only.kills
    assert not any(part.troubles for part in kills_only.parts)
    assert not late_only.kills
    assert {(one.target, one.kind) for part in late_only.parts for one in part.troubles} == {
        (Target.NOTIFICATION, Kind.LATE)
    }


def test_every_fault_drawn_means_something_to_the_sandbox_and_passes_by_itself() -> None:
    for part in Plan.of(1, 500, chosen([ALL])).parts:
        for trouble in part.troubles:
            assert meaningful(GLOBAL, NewFault.model_validate(trouble.as_json())).times


def test_what_people_would_have_to_ask_for_again_is_not_lost() -> None:
    pairs = possible(NAMES)
    assert {kind for target, kind in pairs if target is Target.MESSAGES} == {Kind.OUTAGE, Kind.SLOW}
    assert not [pair for pair in pairs if Target.BILL in pair or Kind.ROUTE_CLOSED in pair]


def test_an_unknown_fault_lists_those_there_are() -> None:
    refused = CliRunner().invoke(app, ["journey", "--faults", "earthquake"])
    assert refused.exit_code == 1
    assert all(name in refused.output for name in (*NAMES, ALL))


def test_a_home_from_which_nothing_runs_has_nothing_to_kill(tmp_path) -> None:
    with pytest.raises(HomeUnusable, match="No suite runs from"):
        RunningSuite.of(Home(tmp_path))


def test_a_run_in_which_everybody_has_what_is_theirs_is_whole(report: Report, tmp_path) -> None:
    report.must_be_whole([CLEAN], Home(tmp_path))


def test_somebody_who_has_not_what_is_theirs_ends_the_run_with_what_to_do(report: Report, tmp_path) -> None:
    off = dataclasses.replace(report, fates=[*report.fates, Fate(99, INTENTS[0], None, {}, "order o is missing")])
    with pytest.raises(Deviation, match=r"(?s)1 of 11 candidates.*candidate 99.*order o is missing.*--seed 7"):
        off.must_be_whole([CLEAN], Home(tmp_path))


def test_an_invariant_that_does_not_hold_ends_the_run(report: Report, tmp_path) -> None:
    with pytest.raises(Deviation, match="Invariant 3: money is missing"):
        report.must_be_whole([CLEAN, Proof("money", (), "Invariant 3: money is missing.")], Home(tmp_path))


def test_every_ending_is_somebodys(report: Report) -> None:
    assert {intent.ending for intent in INTENTS} == set(Ending)
    assert not report.off


def test_a_scenario_and_faults_exclude_each_other() -> None:
    refused = CliRunner().invoke(app, ["journey", "--faults", "all", "--scenario", "draft"])
    assert refused.exit_code == 1
    assert "leave --scenario away" in refused.output
