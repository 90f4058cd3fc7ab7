"""Batches of enrolled candidates are tallied line by line, whoever takes them (ID-3, OP-1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from chassis.errors import Code, FieldViolation, InvalidRequest, Refusal
from chassis.imports.enrolled_batches import (
    BATCH,
    PersonResult,
    RegistrationsResult,
    Tally,
    batches,
    import_batch,
)
from chassis.imports.enrolled_file import Line

WRONG = FieldViolation("document_number", "INVALID", "错", "wrong")
TAKEN = FieldViolation("ticket_number", "TAKEN", "已用", "taken")


class Away(Refusal):
    reason = "AWAY"
    code = Code.UNAVAILABLE
    zh = "没有应答。"
    en = "No answer."


@dataclass
class Importer:
    """Takes every line but those that a test names."""

    refused: set[str] = field(default_factory=set)
    malformed: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)
    registered: list[str] = field(default_factory=list)
    calls: list[tuple[str, int, bool]] = field(default_factory=list)

    async def people(self, lines: Sequence[Line], *, dry_run: bool) -> Sequence[PersonResult]:
        self.calls.append(("people", len(lines), dry_run))
        self._require_form(lines)
        return [self._person(number_of(line), dry_run=dry_run) for line in lines]

    async def registrations(
        self, lines: Sequence[Line], ids: Mapping[int, str], *, dry_run: bool
    ) -> RegistrationsResult:
        self.calls.append(("registrations", len(lines), dry_run))
        assert all(ids[line.number] for line in lines)
        wrong = [(place, TAKEN) for place, line in enumerate(lines) if number_of(line) in self.taken]
        applied = not (wrong or dry_run)
        self.registered += [number_of(line) for line in lines if applied]
        return RegistrationsResult(applied, len(lines) - len(wrong), wrong)

    def _person(self, number: str, *, dry_run: bool) -> PersonResult:
        if number in self.refused:
            return PersonResult("", created=False, wrong=WRONG)
        known = number in self.known
        return PersonResult("" if dry_run and not known else f"id of {number}", created=not known)

    def _require_form(self, lines: Sequence[Line]) -> None:
        if wrong := [place for place, line in enumerate(lines) if number_of(line) in self.malformed]:
            raise InvalidRequest(
                fields=[FieldViolation(f"rows[{place}].display_name", "TOO_LONG", "太长", "long") for place in wrong]
            )


def number_of(line: Line) -> str:
    return line.cells["document_number"]


def lines(*numbers: str, ticket: str = "t") -> list[Line]:
    cells = [{"document_number": number, "major_code": "", "ticket_number": ticket} for number in numbers]
    return [Line(place, each) for place, each in enumerate(cells, 2)]


async def test_accounts_are_made_or_found_and_registered() -> None:
    importer = Importer(known={"b"})
    tally = await import_batch(lines("a", "b", "c"), importer)
    assert tally == Tally(lines=3, created=2, present=1, registered=3)
    assert importer.registered == ["a", "b", "c"]


async def test_who_brings_no_registration_is_registered_for_nothing() -> None:
    importer = Importer()
    assert (await import_batch(lines("a", ticket=""), importer)).registered == 0
    assert importer.calls == [("people", 1, False)]


async def test_a_refused_person_is_not_registered() -> None:
    importer = Importer(refused={"b"})
    tally = await import_batch(lines("a", "b"), importer)
    assert (tally.created, tally.registered) == (1, 1)
    assert [(one.line, one.column, one.reason) for one in tally.faults] == [(3, "document_number", "INVALID")]


async def test_lines_that_the_contract_refuses_lose_no_other() -> None:
    importer = Importer(malformed={"a", "c"})
    tally = await import_batch(lines("a", "b", "c"), importer)
    assert (tally.lines, tally.created, importer.registered) == (3, 1, ["b"])
    assert [(one.line, one.column) for one in tally.faults] == [(2, "display_name"), (4, "display_name")]


async def test_registrations_are_sent_again_without_the_bad_ones() -> None:
    importer = Importer(taken={"b"})
    tally = await import_batch(lines("a", "b", "c"), importer)
    assert (tally.registered, importer.registered) == (2, ["a", "c"])
    assert [(one.line, one.reason) for one in tally.faults] == [(3, "TAKEN")]


async def test_a_check_counts_and_sends_nothing_twice() -> None:
    importer = Importer(taken={"b"})
    tally = await import_batch(lines("a", "b"), importer, dry_run=True)
    assert (tally.created, tally.registered, len(tally.faults)) == (2, 1, 1)
    assert importer.calls == [("people", 2, True), ("registrations", 2, True)]


async def test_faults_stand_in_the_order_of_the_file() -> None:
    importer = Importer(refused={"b"}, malformed={"d"}, taken={"a"})
    tally = await import_batch(lines("a", "b", "c", "d"), importer)
    assert [one.line for one in tally.faults] == [2, 3, 5]


async def test_a_service_that_does_not_answer_ends_the_batch() -> None:
    class Silent(Importer):
        async def people(self, lines: Sequence[Line], *, dry_run: bool) -> Sequence[PersonResult]:
            raise Away()

    with pytest.raises(Away):
        await import_batch(lines("a"), Silent())


def test_a_file_is_cut_into_batches_as_it_is_read() -> None:
    read = iter(lines(*map(str, range(BATCH + 1))))
    cut = batches(read)
    assert len(next(cut)) == BATCH
    assert [number_of(line) for line in next(cut)] == [str(BATCH)]
    assert list(cut) == []


def test_tallies_add_up() -> None:
    assert Tally(1, 1, 0, 1) + Tally(2, 0, 2, 1) == Tally(3, 1, 2, 2)
