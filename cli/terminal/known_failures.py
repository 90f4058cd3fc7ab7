"""How a command ends: what is known to go wrong is one sentence and a status, not a traceback."""

import asyncio
from collections.abc import Coroutine
from typing import Any, NoReturn, TypeVar

import typer

T = TypeVar("T")


class KnownFailure(Exception):
    """Something that is known to go wrong. The text is one sentence for people that says what, and what to do."""

    @property
    def sentence(self) -> str:
        """What a command ends with."""
        return str(self)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Runs a command's work; a KnownFailure ends the command with its sentence and status 1, Ctrl-C with 130."""
    try:
        return asyncio.run(work)
    except KnownFailure as known:
        fail(known.sentence)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def fail(sentence: str) -> NoReturn:
    """Ends the command with status 1 and a sentence for people."""
    typer.secho(sentence, err=True, fg=typer.colors.RED)
    raise typer.Exit(1)


def fail_unless(fine: bool) -> None:
    """Ends the command with status 1 when it has already shown what is not fine."""
    if not fine:
        raise typer.Exit(1)
