"""Batches of a file of enrolled candidates: people to identity, their registrations to enrollment (ID-3, OP-1).

What is wrong with a line is found out without losing the others.
"""

import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, Protocol, TypeVar

from chassis.errors import Code, FieldViolation, Refusal
from chassis.ids import new_id
from chassis.imports.enrolled_file import Line, LineFault

T = TypeVar("T")

BATCH: Final = 500
"""Lines that are sent in one call."""

_ROW_FIELD: Final = re.compile(r"rows\[(\d+)\](?:\.(\w+))?")


@dataclass(frozen=True, slots=True)
class LineDifference:
    """A person who has an account that says otherwise than the line, in these columns; the account stays as it is."""

    line: int
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """What became, or would become, of lines: accounts made, persons who have one, registrations added."""

    lines: int = 0
    created: int = 0
    present: int = 0
    registered: int = 0
    faults: tuple[LineFault, ...] = ()
    differences: tuple[LineDifference, ...] = ()

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(getattr(self, name) + getattr(other, name) for name in Tally.__slots__))


@dataclass(frozen=True, slots=True)
class PersonResult:
    """What identity says of one line: the candidate, empty where an account would only be made, and the columns in
    which an account that is there differs; or what is wrong.
    """

    candidate_id: str
    created: bool
    wrong: FieldViolation | None = None
    differing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RegistrationsResult:
    """What enrollment says of lines: whether they were applied, how many it adds, what is wrong by position from 0."""

    applied: bool
    added: int
    wrong: Sequence[tuple[int, FieldViolation]] = ()


class EnrolledImporter(Protocol):
    """The services as they are reached. Both raise the Refusal of a contract that names the rows it does not take."""

    async def people(self, lines: Sequence[Line], *, dry_run: bool) -> Sequence[PersonResult]:
        """Makes accounts, or only checks: one result for each line."""

    async def registrations(
        self, lines: Sequence[Line], ids: Mapping[int, str], *, dry_run: bool
    ) -> RegistrationsResult:
        """Adds registrations, or only checks: all or nothing. `ids`: the candidates by line number."""


def batches(lines: Iterator[Line]) -> Iterator[Sequence[Line]]:
    """The lines in batches, each read when it is asked for."""
    return iter(lambda: list(islice(lines, BATCH)), [])


async def import_batch(lines: Sequence[Line], importer: EnrolledImporter, *, dry_run: bool = False) -> Tally:
    """Imports lines, or only checks them; importing them again changes nothing. Raises what the importer raises, but
    for refusals that name rows.
    """
    faulty = Tally(len(lines), faults=tuple(line.fault for line in lines if line.fault))
    sound = [line for line in lines if line.fault is None]
    people, ids = await _people(sound, importer, dry_run=dry_run)
    known = [line for line in sound if line.registers and line.number in ids]
    done = faulty + people + await _registrations(known, ids, importer, dry_run=dry_run)
    return replace(done, faults=tuple(sorted(done.faults, key=lambda fault: fault.line)))


async def _people(
    lines: Sequence[Line], importer: EnrolledImporter, *, dry_run: bool
) -> tuple[Tally, Mapping[int, str]]:
    """What became of the people, and the candidates' ids by line number."""
    sent, results, malformed = await _sent(lines, lambda rows: importer.people(rows, dry_run=dry_run))
    told = list(zip(sent, results or (), strict=True))
    faults = [_fault(line, one.wrong) for line, one in told if one.wrong]
    # In a check, somebody who has no account yet stands in with an id of their own, the same in each of their lines.
    newcomers: defaultdict[str, str] = defaultdict(new_id)
    ids = {
        line.number: one.candidate_id or newcomers[line.cells["document_number"]] for line, one in told if not one.wrong
    }
    created = sum(one.created for _, one in told)
    differences = tuple(LineDifference(line.number, one.differing) for line, one in told if one.differing)
    return Tally(0, created, len(ids) - created, 0, (*malformed, *faults), differences), ids


async def _registrations(
    lines: Sequence[Line], ids: Mapping[int, str], importer: EnrolledImporter, *, dry_run: bool
) -> Tally:
    """All or nothing is the rule for one call, so the good lines are sent again without the bad."""
    sent, result, malformed = await _sent(lines, lambda rows: importer.registrations(rows, ids, dry_run=dry_run))
    if result is None:
        return Tally(faults=malformed)
    faults = Tally(faults=(*malformed, *(_fault(sent[position], wrong) for position, wrong in result.wrong)))
    if result.applied or dry_run:
        return faults + Tally(registered=result.added)
    bad = {position for position, _ in result.wrong}
    good = [line for position, line in enumerate(sent) if position not in bad]
    return faults + await _registrations(good, ids, importer, dry_run=dry_run)


async def _sent(
    lines: Sequence[Line], send: Callable[[Sequence[Line]], Awaitable[T]]
) -> tuple[Sequence[Line], T | None, tuple[LineFault, ...]]:
    """The lines that the contract takes, what was answered about them (None where there are none), and the faults of
    the others, which are sent no more.
    """
    if not lines:
        return (), None, ()
    try:
        return lines, await send(lines), ()
    except Refusal as refusal:
        malformed = dict(_malformed(refusal, lines))
        if refusal.code is not Code.INVALID_ARGUMENT or not malformed:
            raise
    sent, answer, more = await _sent([line for line in lines if line.number not in malformed], send)
    return sent, answer, (*malformed.values(), *more)


def _malformed(refusal: Refusal, lines: Sequence[Line]) -> Iterable[tuple[int, LineFault]]:
    for wrong in refusal.fields:
        if found := _ROW_FIELD.match(wrong.field):
            line = lines[int(found[1])]
            yield line.number, _fault(line, FieldViolation(found[2] or "", wrong.reason, wrong.zh, wrong.en))


def _fault(line: Line, wrong: FieldViolation) -> LineFault:
    return LineFault(line.number, wrong.field, wrong.reason, wrong.zh, wrong.en)
