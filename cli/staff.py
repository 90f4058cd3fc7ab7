"""A member of staff at a terminal: logs in, does one thing, logs out; what is refused is said in one sentence."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeVar

import typer

if TYPE_CHECKING:
    from cli.api import Api

T = TypeVar("T")

ANSWER_SECONDS = 60.0
GATEWAY = "http://127.0.0.1:8080"

GatewayOption = Annotated[str, typer.Option("--base-url", envvar="ZIKAO_GATEWAY_URL", help="The gateway.")]
LoginOption = Annotated[str, typer.Option("--login-name", envvar="ZIKAO_LOGIN_NAME", help="Your login name.")]
PasswordOption = Annotated[
    str, typer.Option("--password", envvar="ZIKAO_PASSWORD", prompt=True, hide_input=True, help="Your password.")
]


def as_staff(base_url: str, login_name: str, password: str, work: "Callable[[Api], Awaitable[T]]") -> T:
    """Does `work` with a login session of its own. Ends the command with the refusal's sentence."""
    from cli.api import ApiProblem

    try:
        return asyncio.run(_within_session(base_url, login_name, password, work))
    except ApiProblem as problem:
        fail(f"{problem} ({problem.reason})")


def fail(sentence: str) -> NoReturn:
    """Ends the command with a sentence on standard error."""
    typer.secho(sentence, err=True, fg=typer.colors.RED)
    raise typer.Exit(1)


async def _within_session(base_url: str, login_name: str, password: str, work: "Callable[[Api], Awaitable[T]]") -> T:
    import httpx

    from cli.api import Api

    async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as http:
        api = await Api.log_in(http, base_url.rstrip("/"), login_name, password)
        try:
            return await work(api)
        finally:
            await api.log_out()
