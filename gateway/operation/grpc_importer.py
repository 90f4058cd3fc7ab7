"""Enrolled candidates, sent to identity and enrollment as the operator who imports them (ID-3, OP-1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from zikao.enrollment.v1 import enrollment_service_pb2
from zikao.identity.v1 import candidate_service_pb2, resources_pb2

from chassis.errors import FieldViolation
from chassis.imports.enrolled_batches import PersonResult, RegistrationsResult
from chassis.imports.enrolled_file import Line
from gateway.web.page_request import Page

BATCH_SECONDS: Final = 30.0
ROW_REFUSED: Final = "ROW_REFUSED"
Result = candidate_service_pb2.ImportCandidatesResponse.Result


@dataclass(frozen=True, slots=True)
class OperatorImporter:
    """The operator before a page."""

    page: Page

    async def people(self, lines: Sequence[Line], *, dry_run: bool) -> Sequence[PersonResult]:
        """Makes accounts, or only checks: one result for each line. Raises Refusal."""
        request = candidate_service_pb2.ImportCandidatesRequest(rows=map(_person, lines), dry_run=dry_run)
        answer = await self.page.ask(request, seconds=BATCH_SECONDS)
        return [
            PersonResult(one.candidate_id, one.outcome == Result.CREATED, _wrong(one), tuple(one.differing_fields))
            for one in answer.results
        ]

    async def registrations(
        self, lines: Sequence[Line], ids: Mapping[int, str], *, dry_run: bool
    ) -> RegistrationsResult:
        """Adds registrations, or only checks: all or nothing. Raises Refusal."""
        rows = (_registration(line, ids[line.number]) for line in lines)
        request = enrollment_service_pb2.ImportRegistrationsRequest(rows=rows, dry_run=dry_run)
        answer = await self.page.ask(request, seconds=BATCH_SECONDS)
        wrong = [
            (one.row - 1, FieldViolation(one.column, ROW_REFUSED, one.expected_zh, one.expected_en))
            for one in answer.problems
        ]
        return RegistrationsResult(answer.applied, answer.added, wrong)


def _wrong(result: Result) -> FieldViolation | None:
    if result.outcome != Result.REFUSED:
        return None
    return FieldViolation(result.field, result.reason, result.message_zh, result.message_en)


def _person(line: Line) -> candidate_service_pb2.ImportCandidatesRequest.Row:
    named = line.cells["document_type"]
    return candidate_service_pb2.ImportCandidatesRequest.Row(
        document_type=named if named in resources_pb2.DocumentType.DESCRIPTOR.values_by_name else None,
        document_number=line.cells["document_number"],
        display_name=line.cells["display_name"],
        school_code=line.cells["school_code"],
        phone=line.cells["phone"],
    )


def _registration(line: Line, candidate_id: str) -> enrollment_service_pb2.RegistrationRow:
    return enrollment_service_pb2.RegistrationRow(
        candidate_id=candidate_id,
        school_code=line.cells["school_code"],
        major_code=line.cells["major_code"],
        ticket_number=line.cells["ticket_number"],
        passed_course_codes=line.passed_course_codes,
    )
