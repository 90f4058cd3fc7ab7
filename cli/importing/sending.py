"""Batches of lines to the suite: people to identity, their registrations to enrollment; what is wrong with a line is
found out without losing the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from chassis.imports.enrolled_file import Line
from cli.staff.api_client import Api, ApiProblem, Json

DOCUMENT_TYPES = frozenset(
    {
        "RESIDENT_CARD",
        "MINOR_RESIDENT_CARD",
        "HOME_RETURN_PERMIT",
        "TAIWAN_PERMIT",
        "HMT_RESIDENCE_PERMIT",
        "PERMANENT_RESIDENT_CARD",
    }
)
NO_TYPE = "DOCUMENT_TYPE_UNSPECIFIED"
MALFORMED = "INVALID_REQUEST"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line; never what it says."""

    line: int
    column: str
    reason: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of lines."""

    created: int = 0
    present: int = 0
    registered: int = 0
    faults: tuple[Fault, ...] = ()

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.created + other.created,
            self.present + other.present,
            self.registered + other.registered,
            self.faults + other.faults,
        )


class Office:
    """An operator who imports, and logs in again when the login session ends meanwhile."""

    def __init__(self, http: httpx.AsyncClient, base_url: str, login_name: str, password: str) -> None:
        self._http = http
        self._credentials = (base_url, login_name, password)
        self._api: Api | None = None

    async def take(self, lines: Sequence[Line]) -> Tally:
        """Imports a batch; importing it again changes nothing. Raises ApiProblem when nobody answers."""
        people, ids = await self._people(lines)
        return people + await self._registrations(
            [line for line in lines if line.registers and line.number in ids], ids
        )

    async def _people(self, lines: Sequence[Line]) -> tuple[Tally, dict[int, str]]:
        """What became of the people, and the candidates' ids by line."""
        try:
            answer = await self._send("/v1/candidates:import", {"rows": [_person(line) for line in lines]})
        except ApiProblem as problem:
            if problem.reason != MALFORMED:
                raise
            return await self._halved(lines, problem)
        results = list(zip(lines, answer["results"], strict=True))
        faults = tuple(_fault(line, result) for line, result in results if result["outcome"] == "REFUSED")
        created = sum(result["outcome"] == "CREATED" for _, result in results)
        ids = {line.number: result["candidateId"] for line, result in results if result["outcome"] != "REFUSED"}
        return Tally(created, len(ids) - created, 0, faults), ids

    async def _halved(self, lines: Sequence[Line], problem: ApiProblem) -> tuple[Tally, dict[int, str]]:
        """A line so malformed that its batch is refused as a whole is found by halving the batch."""
        if len(lines) == 1:
            return _malformed(lines[0], problem), {}
        middle = len(lines) // 2
        (first, ids), (second, more) = await self._people(lines[:middle]), await self._people(lines[middle:])
        return first + second, ids | more

    async def _registrations(self, lines: Sequence[Line], ids: dict[int, str]) -> Tally:
        """All or nothing is the rule for one call, so the good ones are sent again without the bad."""
        if not lines:
            return Tally()
        rows = [_registration(line, ids[line.number]) for line in lines]
        try:
            answer = await self._send("/v1/registrations:import", {"rows": rows})
        except ApiProblem as problem:
            if problem.reason != MALFORMED:
                raise
            if len(lines) == 1:
                return _malformed(lines[0], problem)
            middle = len(lines) // 2
            return await self._registrations(lines[:middle], ids) + await self._registrations(lines[middle:], ids)
        if answer["applied"]:
            return Tally(registered=int(answer["added"]))
        faults = tuple(
            Fault(lines[each["row"] - 1].number, each["column"], "ROW_REFUSED", each["expectedZh"], each["expectedEn"])
            for each in answer["problems"]
        )
        bad = {fault.line for fault in faults}
        return Tally(faults=faults) + await self._registrations([one for one in lines if one.number not in bad], ids)

    async def _send(self, path: str, body: Json) -> Json:
        if self._api is None:
            self._api = await Api.log_in(self._http, *self._credentials)
        try:
            return await self._api.send("POST", path, body)
        except ApiProblem as problem:
            if problem.reason != "UNAUTHENTICATED":
                raise
        self._api = await Api.log_in(self._http, *self._credentials)
        return await self._api.send("POST", path, body)


def _person(line: Line) -> Json:
    named = line.cells["document_type"]
    return {
        "documentType": named if named in DOCUMENT_TYPES else NO_TYPE,
        "documentNumber": line.cells["document_number"],
        "displayName": line.cells["display_name"],
        "schoolCode": line.cells["school_code"],
        "phone": line.cells["phone"],
    }


def _registration(line: Line, candidate_id: str) -> Json:
    return {
        "candidateId": candidate_id,
        "schoolCode": line.cells["school_code"],
        "majorCode": line.cells["major_code"],
        "ticketNumber": line.cells["ticket_number"],
        "passedCourseCodes": line.cells["passed_course_codes"].split(),
    }


def _malformed(line: Line, problem: ApiProblem) -> Tally:
    return Tally(faults=(Fault(line.number, "", problem.reason, str(problem), str(problem)),))


def _fault(line: Line, result: Json) -> Fault:
    return Fault(line.number, result["field"], result["reason"], result["messageZh"], result["messageEn"])
