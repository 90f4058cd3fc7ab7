"""What the commands share: the address of the sandbox, a call of it, and how a list is shown."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console

from cli.terminal.formatting import list_table
from cli.terminal.known_failures import fail

if TYPE_CHECKING:
    import httpx

Json = dict[str, Any]

ANSWER_SECONDS: Final = 30.0
URL: Final = "http://127.0.0.1:8090"

UrlOption = Annotated[
    str, typer.Option("--url", envvar="ZIKAO_SANDBOX_URL", help="The sandbox of the suite that is meant.")
]


def ask(url: str, method: str, path: str, **content: Any) -> Json:
    """The sandbox's answer to a call. Ends the command with a sentence when it refuses or is not there."""
    import httpx

    try:
        with httpx.Client(base_url=url, timeout=ANSWER_SECONDS, trust_env=False) as http:
            answer = http.request(method, path, headers={"accept": "application/json"}, **content)
    except httpx.HTTPError as error:
        fail(f"The sandbox at {url} does not answer ({type(error).__name__}). Is the suite running? `zikao up`")
    if not answer.is_success:
        fail(_refusal(answer))
    return dict(answer.json()) if answer.content else {}


def _refusal(answer: "httpx.Response") -> str:
    try:
        error = answer.json()["error"]
        return f"{error['reason']}: {error['message']}"
    except (ValueError, KeyError, TypeError):
        return f"The sandbox answered {answer.status_code}."


def show(title: str, headings: Sequence[str], rows: Sequence[Sequence[object]], when_empty: str) -> None:
    """A list, or a sentence when there is nothing in it."""
    if rows:
        Console().print(list_table(*headings, rows=rows, title=title))
    else:
        typer.echo(when_empty)
