"""`zikao journey`: candidates' whole journeys against a running suite, told, measured or under faults."""

import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from cli.suite.options import HOME, MOST_REPLICAS, HomeOption
from cli.terminal.completion import one_of
from cli.terminal.known_failures import fail, run

if TYPE_CHECKING:
    from cli.journey.runs.target_suite import TargetSuite

app = typer.Typer()


def _scenarios() -> Mapping[str, str]:
    from cli.journey.scenarios.scenario_table import SCENARIOS

    return {name: one.shows for name, one in SCENARIOS.items()} | {"all": "all of these"}


def _faults() -> Mapping[str, str]:
    from cli.journey.chaos.fault_choice import MEANINGS

    return MEANINGS


@app.command()
def journey(
    base_url: Annotated[
        str | None,
        typer.Option(
            help="The gateway of a running suite; without it the one at --home, or one started for the purpose."
        ),
    ] = None,
    sandbox_url: Annotated[
        str | None, typer.Option(help="The sandbox of that suite; without it on its usual port.")
    ] = None,
    scenario: Annotated[
        list[str] | None,
        typer.Option(
            help="Which scenario to play, told step by step; several times for several, `all` for all.",
            autocompletion=one_of(_scenarios),
        ),
    ] = None,
    count: Annotated[
        int, typer.Option(min=1, help="How many candidates; more than one makes it a load generator.")
    ] = 1,
    concurrency: Annotated[int, typer.Option(min=1, help="How many at once.")] = 8,
    faults: Annotated[
        list[str] | None,
        typer.Option(
            help="Trouble while --count candidates play: late, lost, duplicate, forged, wrong-amount, outage, slow "
            "(the sandbox's faults), kill (SIGKILL to payment, enrollment, gateway, sandbox and PostgreSQL, with "
            "replicas also to identity and Redis), or `all`; several times for several.",
            autocompletion=one_of(_faults),
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="With --faults: play the plan of an earlier run, which printed its seed.")
    ] = None,
    replicas: Annotated[
        int,
        typer.Option(min=1, max=MOST_REPLICAS, help="Of each process of the suite that is started for the purpose."),
    ] = 1,
    home: HomeOption = HOME,
) -> None:
    """Play a candidate's whole journey over HTTP and check every step of it.

    One journey is told step by step. With --count it generates load, and ends with throughput and latency per step.
    Any deviation from the rules ends it with a non-zero status and says what was expected. An unknown --scenario lists
    those there are.

    With --faults it is a chaos run against a suite of this machine: candidates who pay, pay twice, pay late, change
    their mind, want their money back, cancel or walk away, while faults are set at random and processes are killed and
    started again. Then the faults are cleared (every fault of the scope `global`), everybody is waited for, all six
    invariants are proved as by `zikao verify all`, and a table says how everybody ended. It ends with a non-zero status
    unless each candidate is effective, refunded or unpaid by their own choice.
    """
    from cli.journey.runs.load_run import generate_load
    from cli.journey.runs.scenario_run import play_scenarios
    from cli.journey.runs.target_suite import TargetSuite
    from cli.journey.scenarios.scenario_table import MAIN_JOB, SCENARIOS
    from cli.suite.home import Home

    target = TargetSuite(Home(home.resolve()), base_url, sandbox_url, replicas)
    if faults and scenario:
        fail("--faults plays candidates of its own; leave --scenario away.")
    if faults:
        _chaos(target, faults, seed, count, concurrency)
        return
    chosen = list(SCENARIOS) if scenario == ["all"] else scenario or [MAIN_JOB]
    if unknown := [name for name in chosen if name not in SCENARIOS]:
        there_are = "\n".join(f"  {name}: {one.shows}" for name, one in SCENARIOS.items())
        fail(f"There is no scenario {unknown[0]}; there are:\n{there_are}")
    if count == 1:
        run(play_scenarios(target, Console(), chosen))
    else:
        run(generate_load(target, Console(), count, concurrency))


def _chaos(target: "TargetSuite", faults: list[str], seed: int | None, count: int, concurrency: int) -> None:
    from cli.journey.chaos.chaos_run import play
    from cli.journey.chaos.fault_choice import MEANINGS, chosen
    from cli.journey.chaos.run_plan import RunPlan

    try:
        asked = chosen(faults)
    except KeyError as unknown:
        there_are = "\n".join(f"  {name}: {means}" for name, means in MEANINGS.items())
        fail(f"There is no fault called {unknown.args[0]}; there are:\n{there_are}")
    plan = RunPlan.of(secrets.randbelow(10**6) if seed is None else seed, count, asked)
    run(play(target, Console(), plan, concurrency))
