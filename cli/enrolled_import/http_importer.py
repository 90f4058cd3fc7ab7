"""Enrolled candidates, sent to the suite's HTTP API as an operator (ID-3, OP-1)."""

from collections.abc import Mapping, Sequence

import httpx
from zikao.identity.v1 import resources_pb2

from chassis.errors import FieldViolation, InvalidRequest
from chassis.imports.enrolled_batches import PersonResult, RegistrationsResult
from chassis.imports.enrolled_file import Line
from cli.staff.api_client import Api, ApiProblem, Json

DOCUMENT_TYPES = frozenset(resources_pb2.DocumentType.keys()[1:])
"""Who names none of them says nothing: the service answers for the row."""


class SuiteImporter:
    """An operator who imports, and logs in again when the login session ends meanwhile."""

    def __init__(self, http: httpx.AsyncClient, base_url: str, login_name: str, password: str) -> None:
        self._http = http
        self._credentials = (base_url, login_name, password)
        self._api: Api | None = None

    async def people(self, lines: Sequence[Line], *, dry_run: bool) -> Sequence[PersonResult]:
        """Makes accounts, or only checks: one result for each line. Raises ApiProblem, InvalidRequest."""
        body = {"rows": [_person(line) for line in lines], "dryRun": dry_run}
        answer = await self._send("/v1/candidates:import", body)
        return [
            PersonResult(one["candidateId"], one["outcome"] == "CREATED", _wrong(one), tuple(one["differingFields"]))
            for one in answer["results"]
        ]

    async def registrations(
        self, lines: Sequence[Line], ids: Mapping[int, str], *, dry_run: bool
    ) -> RegistrationsResult:
        """Adds registrations, or only checks: all or nothing. Raises ApiProblem, InvalidRequest."""
        body = {"rows": [_registration(line, ids[line.number]) for line in lines], "dryRun": dry_run}
        answer = await self._send("/v1/registrations:import", body)
        wrong = [
            (one["row"] - 1, FieldViolation(one["column"], "ROW_REFUSED", one["expectedZh"], one["expectedEn"]))
            for one in answer["problems"]
        ]
        return RegistrationsResult(answer["applied"], answer["added"], wrong)

    async def _send(self, path: str, body: Json) -> Json:
        try:
            return await _sent(self._api or await self._log_in(), path, body)
        except ApiProblem as problem:
            if problem.reason != "UNAUTHENTICATED":
                raise
        return await _sent(await self._log_in(), path, body)

    async def _log_in(self) -> Api:
        self._api = await Api.log_in(self._http, *self._credentials)
        return self._api


async def _sent(api: Api, path: str, body: Json) -> Json:
    try:
        return await api.send("POST", path, body)
    except ApiProblem as problem:
        if any(one.field.startswith("rows[") for one in problem.fields):
            raise InvalidRequest(fields=problem.fields) from problem
        raise


def _person(line: Line) -> Json:
    named = line.cells["document_type"]
    known = {"documentType": named} if named in DOCUMENT_TYPES else {}
    return {
        **known,
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
        "passedCourseCodes": line.passed_course_codes,
    }


def _wrong(result: Json) -> FieldViolation | None:
    if result["outcome"] != "REFUSED":
        return None
    return FieldViolation(result["field"], result["reason"], result["messageZh"], result["messageEn"])
