"""What `python -m bench` is told, and how it ends."""

import asyncio
import signal
import sys
from collections.abc import Coroutine, Iterable
from typing import Annotated, Any, Final, TypeVar

import typer
import uvloop
from rich.console import Console

from bench.benchmark_run import compare, run
from bench.measurement.import_time_estimate import EVERYBODY
from bench.measurement.interleaving import Plan, WrongAnswer
from bench.measurement.report import show, write
from bench.parts import OF_ANY_COMMIT, Part
from bench.refunds_under_kill import give_everything_back
from bench.suites.subprocesses import CommandFailed
from cli.journey.clients.http_client import Deviation
from cli.local.postgres import PostgresFailed
from cli.staff.api_client import ApiProblem
from cli.suite.home import HomeUnusable
from cli.suite.port_check import PortTaken
from cli.suite.supervisor import ProcessFailed

WIDEST: Final = 400

KNOWN = (
    ApiProblem,
    CommandFailed,
    Deviation,
    HomeUnusable,
    PortTaken,
    PostgresFailed,
    ProcessFailed,
    WrongAnswer,
)

Done = TypeVar("Done")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    checkouts: Annotated[int, typer.Option(min=100, max=50_000, help="At most, in each turn.")] = 4000,
    warm_up: Annotated[int, typer.Option(min=50, max=5_000, help="Checkouts before anything is measured.")] = 600,
    seconds: Annotated[float, typer.Option(min=1, max=60, help="At most, for the checkouts of a turn.")] = 6,
    connections: Annotated[int, typer.Option(min=1, max=64, help="How many candidates check out at once.")] = 16,
    rounds: Annotated[int, typer.Option(min=1, max=20, help="Turns of everybody; medians are shown.")] = 3,
    journeys: Annotated[int, typer.Option(min=1, max=2_000, help="Whole journeys in each turn.")] = 40,
    concurrency: Annotated[int, typer.Option(min=1, max=64, help="How many journeys at once.")] = 8,
    imports: Annotated[int, typer.Option(min=1_000, max=1_000_000, help="People imported, once.")] = EVERYBODY,
    streams: Annotated[int, typer.Option(min=100, max=12_000, help="Order pages that are open at once.")] = 10_000,
    only: Annotated[list[Part] | None, typer.Option(help="Who takes part; may be given again. Default: all.")] = None,
    refunds: Annotated[
        int, typer.Option(min=0, max=1_000_000, help="Give back so many orders of a cancelled session; nothing else.")
    ] = 0,
    against: Annotated[
        str, typer.Option(metavar="COMMIT", help="Compare with the suite of that commit, in turns in the same run.")
    ] = "",
    keep: Annotated[bool, typer.Option("--write", help="Write bench/RESULTS.md and bench/results.json.")] = False,
) -> None:
    """Measure checkouts and whole journeys per second through HTTP, beside two baselines on the same PostgreSQL.

    Everything runs on this machine, in a folder of its own that is gone afterwards: a suite, a FastAPI + SQLAlchemy
    monolith, and the bare statements. A suite of yours is not touched. Ctrl-C stops everything.

    With --against the suites of this tree and of another commit take turns at checkouts, selections, notifications and
    journeys; what is shown is how many times as much this tree's does and takes.
    """
    # A file or a pipe has no width of its own: there a line is as long as it needs to be.
    console = Console(width=None if sys.stdout.isatty() else WIDEST)
    if refunds:
        _say(console, _run(give_everything_back(refunds, console)).says())
        return
    plan = Plan(checkouts, warm_up, seconds, connections, rounds, journeys, concurrency, imports, streams)
    if against:
        results = _run(compare(plan, _comparable(only), against, console))
    else:
        results = _run(run(plan, only or list(Part), console))
    show(results, console)
    if keep:
        write(results)
        console.print("Written to bench/RESULTS.md and bench/results.json.")
    if results.failures:
        typer.secho("\n".join(["Failed:", *results.failures]), err=True, fg=typer.colors.RED)
        raise typer.Exit(1)


def _comparable(only: list[Part] | None) -> list[Part]:
    if refused := set(only or ()) - set(OF_ANY_COMMIT):
        raise typer.BadParameter(f"{', '.join(sorted(refused))} cannot be compared with another commit's suite.")
    return only or list(OF_ANY_COMMIT)


def _run(work: Coroutine[Any, Any, Done]) -> Done:
    """Does the work, ends with what went wrong in one sentence."""
    try:
        return uvloop.run(_until_told(work))
    except KNOWN as known:
        typer.secho(str(known), err=True, fg=typer.colors.RED)
        raise typer.Exit(1) from None
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise typer.Exit(130) from None


async def _until_told(work: Coroutine[Any, Any, Done]) -> Done:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await work


def _say(console: Console, sentences: Iterable[str]) -> None:
    for sentence in sentences:
        console.print(sentence, highlight=False, soft_wrap=True)
