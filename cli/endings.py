"""How a command ends: what is known to go wrong is one sentence and a status, not a traceback."""

import asyncio
from collections.abc import Coroutine
from typing import Any, NoReturn, TypeVar

import typer

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Runs a command's work; what is known to go wrong ends it with one sentence."""
    from chassis.postgres.migrations import SchemaUnknown
    from cli.api import ApiProblem
    from cli.journey.http import Deviation
    from cli.local.postgres import PostgresFailed
    from cli.suite.home import HomeUnusable
    from cli.suite.ports import PortTaken
    from cli.suite.supervisor import ProcessFailed

    try:
        return asyncio.run(work)
    except (HomeUnusable, PortTaken, PostgresFailed, ProcessFailed, SchemaUnknown, ApiProblem, Deviation) as known:
        fail(str(known))
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def fail(sentence: str) -> NoReturn:
    """Ends the command with a sentence for people."""
    typer.secho(sentence, err=True, fg=typer.colors.RED)
    raise typer.Exit(1)
