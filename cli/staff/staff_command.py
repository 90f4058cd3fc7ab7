"""A member of staff at a terminal: the options that say who it is, and a login session for the length of a command."""

import inspect
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from inspect import Parameter
from typing import Annotated, Any, Final, TypeVar

import typer

from cli.staff.api_client import Api, ApiProblem
from cli.terminal.known_failures import run

T = TypeVar("T")
Command = Callable[..., T]

GATEWAY: Final = "http://127.0.0.1:8080"
ANSWER_SECONDS: Final = 120.0
"""The longest that the gateway may be silent: whole catalogues are imported in one call."""

BaseUrl = Annotated[str, typer.Option("--base-url", envvar="ZIKAO_GATEWAY_URL", help="The gateway's address.")]
LoginName = Annotated[str, typer.Option("--login-name", envvar="ZIKAO_LOGIN_NAME", help="Your login name.")]
Password = Annotated[
    str, typer.Option("--password", envvar="ZIKAO_PASSWORD", prompt=True, hide_input=True, help="Your password.")
]


@dataclass(frozen=True, slots=True)
class Staff:
    """Who gives a command, and where."""

    base_url: str
    login_name: str
    password: str

    def do(self, work: Callable[[Api], Coroutine[Any, Any, T]]) -> T:
        """Does `work` with a login session of its own. Ends the command with the sentence of what is refused."""
        return run(self._within_session(work))

    async def _within_session(self, work: Callable[[Api], Coroutine[Any, Any, T]]) -> T:
        import httpx

        async with httpx.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False) as http:
            api = await Api.log_in(http, self.base_url, self.login_name, self.password, _ask_for_factor)
            try:
                return await work(api)
            finally:
                with suppress(ApiProblem):  # it lapses by itself, and what was done stays done
                    await api.log_out()


def _ask_for_factor() -> str:
    return str(typer.prompt("Second factor: six digits of the app, or a backup code", hide_input=True))


def staff_command(login_name: str) -> Callable[[Command[T]], Command[T]]:
    """Gives a command the options of the staff, and hands it a Staff as its first argument.

    `login_name` is what the command takes when nobody says who it is.
    """
    options = [
        Parameter("password", Parameter.KEYWORD_ONLY, annotation=Password),
        Parameter("login_name", Parameter.KEYWORD_ONLY, annotation=LoginName, default=login_name),
        Parameter("base_url", Parameter.KEYWORD_ONLY, annotation=BaseUrl, default=GATEWAY),
    ]

    def decorate(command: Command[T]) -> Command[T]:
        @wraps(command)
        def with_staff(*, password: str, login_name: str, base_url: str, **arguments: Any) -> T:
            return command(Staff(base_url, login_name, password), **arguments)

        _, *own = inspect.signature(command, eval_str=True).parameters.values()
        parameters = [*own, *options]
        # What Typer reads: the command's own parameters without the first, then the options.
        with_staff.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        with_staff.__annotations__ = {one.name: one.annotation for one in parameters}
        return with_staff

    return decorate


operator_command: Final = staff_command("operator")
reviewer_command: Final = staff_command("reviewer")
