"""The import of enrolled candidates (在籍考生): what a row says, and what became of it (ID-3, OP-1)."""

from dataclasses import dataclass, field
from enum import Enum

from chassis.errors import FieldViolation
from services.identity.domain.documents import DocumentType


class RowOutcome(Enum):
    """What became of a row."""

    CREATED = "CREATED"
    ALREADY_PRESENT = "ALREADY_PRESENT"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One enrolled candidate as the operator's file has it. `document_type` is None where the file names none that
    exists.
    """

    document_type: DocumentType | None
    document_number: str = field(repr=False)
    name: str = field(repr=False)
    school_code: str
    phone: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of a row, and what is wrong with a refused one."""

    outcome: RowOutcome
    candidate_id: str = ""
    reason: str = ""
    flaw: FieldViolation | None = None
