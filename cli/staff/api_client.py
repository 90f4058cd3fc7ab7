"""The suite's HTTP API as a tool of the staff sees it: log in, ask, and get either JSON or a problem said in one
sentence.
"""

import base64
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from chassis.errors import FieldViolation
from cli.terminal.known_failures import KnownFailure

if TYPE_CHECKING:
    import httpx

Json = dict[str, Any]
IMPORTED_SUFFIXES: Final = (".csv", ".xlsx")
EVENT: Final = "event: "
DATA: Final = "data: "
PROBLEM_EVENT: Final = "event: problem"


class ApiProblem(KnownFailure):
    """The suite refused, or did not answer. `reason` is its stable code; the text is what it says to people; `fields`
    are those of the request that are wrong, in the one language that was answered in.
    """

    def __init__(self, reason: str, text: str, fields: Sequence[FieldViolation] = ()) -> None:
        super().__init__(text)
        self.reason = reason
        self.fields = fields

    @property
    def sentence(self) -> str:
        """What it says to people, with the code behind it, by which docs/errors.md tells more."""
        return f"{self} ({self.reason})"


@dataclass(frozen=True, slots=True)
class Api:
    """A caller with a login session."""

    http: "httpx.AsyncClient"
    base_url: str
    token: str

    @classmethod
    async def log_in(
        cls,
        http: "httpx.AsyncClient",
        base_url: str,
        login_name: str,
        password: str,
        factor: Callable[[], str] | None = None,
    ) -> Self:
        """Opens a login session. `factor` says a code of an authenticator app or a backup code, and is asked only where
        the account proves one (ID-18). Raises ApiProblem.
        """
        visitor = cls(http, base_url.rstrip("/"), "")
        tokens = await visitor.send("POST", "/v1/login-sessions", {"loginName": login_name, "password": password})
        opened = cls(http, visitor.base_url, tokens["accessToken"])
        if not tokens.get("needsSecondFactor") or factor is None:
            return opened
        code = "".join(factor().split())
        proof = {"totpCode" if code.isdecimal() else "backupCode": code}
        tokens = await opened.send("POST", "/v1/staff/me/second-factors:prove", proof)
        return cls(http, visitor.base_url, tokens["accessToken"])

    async def get(self, path: str, **query: str) -> Json:
        """Reads. Raises ApiProblem."""
        return dict((await self._answer("GET", path, params=query)).json())

    async def list_all(self, path: str, items: str, **query: str) -> AsyncIterator[Json]:
        """Reads a list to its end, page by page; `items` is the field that holds them. Raises ApiProblem."""
        token = ""
        while True:
            page = await self.get(path, **query, pageToken=token)
            for item in page.get(items, []):
                yield item
            token = page.get("nextPageToken", "")
            if not token:
                return

    async def download(self, path: str, **query: str) -> bytes:
        """Reads a file. Raises ApiProblem."""
        return (await self._answer("GET", path, params=query)).content

    async def stream(self, path: str, query: Mapping[str, str]) -> AsyncIterator[Json]:
        """The messages of a stream. Raises ApiProblem when it is refused or breaks off."""
        address = self.base_url + path
        async with self.http.stream("GET", address, params=query, headers=self._headers()) as answer:
            if not answer.is_success:
                raise _problem(await answer.aread())
            event = ""
            async for line in answer.aiter_lines():
                if line.startswith(EVENT):
                    event = line
                elif line.startswith(DATA) and event == PROBLEM_EVENT:
                    raise _problem(line.removeprefix(DATA).encode())
                elif line.startswith(DATA) and not event:
                    yield json.loads(line.removeprefix(DATA))
            if not event:
                raise ApiProblem("BROKEN_OFF", f"{self.base_url} ended the file before it was whole; try again.")

    async def send(self, method: str, path: str, body: Json) -> Json:
        """Changes something. Raises ApiProblem."""
        return dict((await self._answer(method, path, json=body)).json())

    async def log_out(self) -> None:
        """Ends the login session. Raises ApiProblem."""
        await self._answer("DELETE", "/v1/login-sessions/current")

    async def import_catalogue(self, files: Mapping[str, bytes], *, dry_run: bool = False, remove: int = 0) -> Json:
        """Imports catalogue files by name, all or nothing (EN-1). The answer lists every bad row. Raises ApiProblem."""
        encoded = [{"name": name, "content": base64.b64encode(content).decode()} for name, content in files.items()]
        return await self.send("POST", "/v1/catalogue:import", {"files": encoded, "dryRun": dry_run, "remove": remove})

    async def _answer(self, method: str, path: str, **content: Any) -> "httpx.Response":
        import httpx

        try:
            answer = await self.http.request(method, self.base_url + path, headers=self._headers(), **content)
        except httpx.TransportError as away:
            raise ApiProblem(
                "UNREACHABLE", f"{self.base_url} does not answer; is the suite running (`make run`)?"
            ) from away
        if answer.is_success:
            return answer
        problem = answer.json() if "json" in answer.headers.get("content-type", "") else {}
        raise ApiProblem(
            problem.get("reason", str(answer.status_code)),
            problem.get("detail") or f"{method} {path} answered {answer.status_code}.",
            [
                FieldViolation(one["field"], one["reason"], one["detail"], one["detail"])
                for one in problem.get("errors", ())
            ],
        )

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"} if self.token else {}


def load_files(folder: Path) -> dict[str, bytes]:
    """The catalogue files of a folder, by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix in IMPORTED_SUFFIXES}


def _problem(content: bytes) -> ApiProblem:
    problem = json.loads(content)
    return ApiProblem(problem.get("reason", ""), problem.get("detail", ""))
