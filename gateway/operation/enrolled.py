"""Lines of a file of enrolled candidates, taken to identity and enrollment in batches, or only checked (ID-3, OP-1).

Only one batch is in hand at a time, so that a file of any length costs the gateway the same memory.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from zikao.enrollment.v1 import enrollment_service_pb2
from zikao.identity.v1 import candidate_service_pb2, resources_pb2

from chassis.errors import Code, Refusal
from chassis.ids import new_id
from chassis.imports.enrolled_file import Line
from gateway.web.page import Page

BATCH: Final = 500
BATCH_SECONDS: Final = 30.0
Outcome = candidate_service_pb2.ImportCandidatesResponse.Result
ROW_FIELD: Final = re.compile(r"rows\[(\d+)\](?:\.(\w+))?")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line; never what it says."""

    line: int
    column: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Tally:
    """What became, or would become, of lines: accounts made, persons who have one, registrations added."""

    lines: int = 0
    created: int = 0
    present: int = 0
    registered: int = 0
    faults: tuple[Fault, ...] = ()

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.lines + other.lines,
            self.created + other.created,
            self.present + other.present,
            self.registered + other.registered,
            self.faults + other.faults,
        )


Sent = tuple[Sequence[Line], Any, tuple[Fault, ...]]
"""Lines that a service took, its answer (None where none was left), and what was wrong with the others."""


async def taken(page: Page, lines: Iterator[Line], *, dry_run: bool) -> AsyncIterator[Tally]:
    """Takes the lines, or only checks them, and tells of each batch.

    Raises Refusal where a service does not answer, and Unreadable.
    """
    for batch in iter(lambda: list(islice(lines, BATCH)), []):
        people, ids = await _people(page, batch, dry_run)
        yield people + await _registrations(page, [line for line in batch if line.registers], ids, dry_run)


async def _people(page: Page, batch: Sequence[Line], dry_run: bool) -> tuple[Tally, dict[int, str]]:
    """What became of the persons, and the id of each good line's."""

    def ask(lines: Sequence[Line]) -> Awaitable[Any]:
        request = candidate_service_pb2.ImportCandidatesRequest(rows=map(_person, lines), dry_run=dry_run)
        return page.services.candidates.ImportCandidates(request, timeout=BATCH_SECONDS, metadata=page.metadata())

    lines, answer, malformed = await _sent(ask, batch)
    results = list(zip(lines, answer.results, strict=True)) if answer else []
    refused = [(line, one) for line, one in results if one.outcome == Outcome.REFUSED]
    # In a check, somebody who has no account yet stands in with an id of their own: nothing is known of either.
    ids = {line.number: one.candidate_id or new_id() for line, one in results if one.outcome != Outcome.REFUSED}
    created = answer.created if answer else 0
    faults = (Fault(line.number, one.field, one.message_zh, one.message_en) for line, one in refused)
    return Tally(len(batch), created, len(ids) - created, 0, (*malformed, *faults)), ids


async def _registrations(page: Page, batch: Sequence[Line], ids: dict[int, str], dry_run: bool) -> Tally:
    def ask(lines: Sequence[Line]) -> Awaitable[Any]:
        rows = (_registration(line, ids[line.number]) for line in lines)
        request = enrollment_service_pb2.ImportRegistrationsRequest(rows=rows, dry_run=dry_run)
        return page.services.enrollment.ImportRegistrations(request, timeout=BATCH_SECONDS, metadata=page.metadata())

    lines, answer, malformed = await _sent(ask, [line for line in batch if line.number in ids])
    if answer is None:
        return Tally(faults=malformed)
    faults = (Fault(lines[one.row - 1].number, one.column, one.expected_zh, one.expected_en) for one in answer.problems)
    return Tally(registered=answer.added, faults=(*malformed, *faults))


async def _sent(ask: Callable[[Sequence[Line]], Awaitable[Any]], lines: Sequence[Line]) -> Sent:
    """Asks about lines; those so malformed that the contract refuses them are left out and asked about no more."""
    if not lines:
        return (), None, ()
    try:
        return lines, await ask(lines), ()
    except Refusal as refusal:
        malformed = dict(_malformed(refusal, lines))
        if refusal.code is not Code.INVALID_ARGUMENT or not malformed:
            raise
    good = [line for line in lines if line.number not in malformed]
    taken_lines, answer, more = await _sent(ask, good)
    return taken_lines, answer, (*malformed.values(), *more)


def _malformed(refusal: Refusal, lines: Sequence[Line]) -> Iterable[tuple[int, Fault]]:
    for wrong in refusal.fields:
        if found := ROW_FIELD.match(wrong.field):
            line = lines[int(found[1])].number
            yield line, Fault(line, found[2] or "", wrong.zh, wrong.en)


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
        passed_course_codes=line.cells["passed_course_codes"].split(),
    )
