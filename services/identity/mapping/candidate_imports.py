"""The import of enrolled candidates (ID-3)."""

from collections.abc import Iterable

from zikao.identity.v1 import candidate_service_pb2, resources_pb2

from services.identity.domain.candidate_imports import ImportRow, RowOutcome, RowResult
from services.identity.mapping.candidates import document_type_from


def import_row(row: candidate_service_pb2.ImportCandidatesRequest.Row) -> ImportRow:
    """A row of an import; its document type may be one that does not exist."""
    known = row.document_type in resources_pb2.DocumentType.values() and row.document_type
    return ImportRow(
        document_type=document_type_from(row.document_type) if known else None,
        document_number=row.document_number,
        name=row.display_name,
        school_code=row.school_code,
        phone=row.phone,
    )


def import_message(results: Iterable[RowResult]) -> candidate_service_pb2.ImportCandidatesResponse:
    """What became of the rows."""
    answer = candidate_service_pb2.ImportCandidatesResponse()
    for result in results:
        flaw = result.flaw
        answer.results.add(
            outcome=result.outcome.name,
            candidate_id=result.candidate_id,
            reason=result.reason,
            field=flaw.field if flaw else "",
            message_zh=flaw.zh if flaw else "",
            message_en=flaw.en if flaw else "",
            differing_fields=result.differing,
        )
        answer.created += result.outcome is RowOutcome.CREATED
    return answer
