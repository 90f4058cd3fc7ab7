"""What a chaos run has in store, and how it ends."""

import dataclasses

import pytest
from typer.testing import CliRunner

from cli.journey.chaos.candidate_intents import DECK, INTENTS, Ending
from cli.journey.chaos.fault_choice import ALL, NAMES, chosen, possible
from cli.journey.chaos.outcomes import CandidateOutcome
from cli.journey.chaos.run_plan import KILLED, RunPlan
from cli.journey.chaos.run_report import RunReport
from cli.journey.clients.http_client import Deviation
from cli.main import app
from cli.suite.home import Home, HomeUnusable
from cli.suite.running_suite import RunningSuite
from cli.verify.all_invariants import InvariantProof
from sandbox.faults.fault_table import GLOBAL, FaultKind, FaultTarget
from sandbox.faults.routes import NewFault, meaningful

CLEAN = InvariantProof("money", (), "")


@pytest.fixture
def report() -> RunReport:
    fates = [CandidateOutcome(number, intent, None, {}, "") for number, intent in enumerate(INTENTS)]
    return RunReport(7, fates, {"payment": 2}, {"query LOST": 1}, 60.0, 5.0)


def test_the_same_seed_gives_the_same_plan_and_another_seed_another() -> None:
    faults = chosen([ALL])
    assert RunPlan.of(7, 60, faults) == RunPlan.of(7, 60, faults)
    assert RunPlan.of(7, 60, faults) != RunPlan.of(8, 60, faults)


@pytest.mark.parametrize("seed", range(5))
def test_everything_is_wanted_by_somebody_and_each_process_is_killed(seed: int) -> None:
    plan = RunPlan.of(seed, len(DECK), chosen([ALL]))
    assert {part.intent for part in plan.parts} == set(INTENTS)
    assert {name for _, name in plan.kills} == set(KILLED)
    assert all(after < len(plan.parts) for after, _ in plan.kills)


def test_kills_grow_with_the_run() -> None:
    assert len(RunPlan.of(1, 500, chosen(["kill"])).kills) == 50


def test_whoever_depends_on_a_window_that_ends_comes_first() -> None:
    hurried = [part.intent.hurried for part in RunPlan.of(3, 60, chosen([ALL])).parts]
    assert hurried == sorted(hurried, reverse=True)


def test_only_what_was_asked_for_goes_wrong() -> None:
    kills_only, late_only = RunPlan.of(1, 40, chosen(["kill"])), RunPlan.of(1, 40, chosen(["late"]))
    assert kills_only.kills
    assert not any(part.troubles for part in kills_only.parts)
    assert not late_only.kills
    assert {(one.target, one.kind) for part in late_only.parts for one in part.troubles} == {
        (FaultTarget.NOTIFICATION, FaultKind.LATE)
    }


def test_every_fault_drawn_means_something_to_the_sandbox_and_passes_by_itself() -> None:
    for part in RunPlan.of(1, 500, chosen([ALL])).parts:
        for trouble in part.troubles:
            assert meaningful(GLOBAL, NewFault.model_validate(trouble.as_json())).times


def test_what_people_would_have_to_ask_for_again_is_not_lost() -> None:
    pairs = possible(NAMES)
    assert {kind for target, kind in pairs if target is FaultTarget.MESSAGES} == {FaultKind.OUTAGE, FaultKind.SLOW}
    assert not [pair for pair in pairs if FaultTarget.BILL in pair or FaultKind.ROUTE_CLOSED in pair]


def test_an_unknown_fault_lists_those_there_are() -> None:
    refused = CliRunner().invoke(app, ["journey", "--faults", "earthquake"])
    assert refused.exit_code == 1
    assert all(name in refused.output for name in (*NAMES, ALL))


def test_a_home_from_which_nothing_runs_has_nothing_to_kill(tmp_path) -> None:
    with pytest.raises(HomeUnusable, match="No suite runs from"):
        RunningSuite.of(Home(tmp_path))


def test_a_run_in_which_everybody_has_what_is_theirs_is_whole(report: RunReport, tmp_path) -> None:
    report.must_be_whole([CLEAN], Home(tmp_path))


def test_somebody_who_has_not_what_is_theirs_ends_the_run_with_what_to_do(report: RunReport, tmp_path) -> None:
    off = dataclasses.replace(
        report, fates=[*report.fates, CandidateOutcome(99, INTENTS[0], None, {}, "order o is missing")]
    )
    with pytest.raises(Deviation, match=r"(?s)1 of 11 candidates.*candidate 99.*order o is missing.*--seed 7"):
        off.must_be_whole([CLEAN], Home(tmp_path))


def test_an_invariant_that_does_not_hold_ends_the_run(report: RunReport, tmp_path) -> None:
    with pytest.raises(Deviation, match="Invariant 3: money is missing"):
        report.must_be_whole([CLEAN, InvariantProof("money", (), "Invariant 3: money is missing.")], Home(tmp_path))


def test_every_ending_is_somebodys(report: RunReport) -> None:
    assert {intent.ending for intent in INTENTS} == set(Ending)
    assert not report.off


def test_a_scenario_and_faults_exclude_each_other() -> None:
    refused = CliRunner().invoke(app, ["journey", "--faults", "all", "--scenario", "draft"])
    assert refused.exit_code == 1
    assert "leave --scenario away" in refused.output
