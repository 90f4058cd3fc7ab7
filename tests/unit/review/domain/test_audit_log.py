"""RE-7: the chain finds what was changed, removed, reordered or put in between."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.review.domain.audit_log import GENESIS, AuditAction, AuditEntry, AuditNote, chained, first_broken

START = datetime(2026, 9, 1, 1, tzinfo=UTC)


def log(length: int = 6) -> list[AuditEntry]:
    entries: list[AuditEntry] = []
    for number in range(1, length + 1):
        facts = {"kind": "DOCUMENT_FRONT"}
        note = AuditNote("reviewer", AuditAction.MATERIAL_VIEWED, "case", f"material-{number}", facts)
        previous = entries[-1].hash if entries else GENESIS
        entries.append(chained(note, number=number, at=START + timedelta(seconds=number), previous=previous))
    return entries


def test_an_untouched_log_verifies() -> None:  # RE-7, invariant 6
    assert first_broken(log()) is None
    assert first_broken([]) is None


@pytest.mark.parametrize("number", [1, 3, 6])
def test_a_changed_entry_is_found(number: int) -> None:  # RE-7
    entries = log()
    entries[number - 1] = replace(entries[number - 1], note=replace(entries[number - 1].note, actor_id="nobody"))
    assert first_broken(entries) == number


def test_a_changed_time_is_found() -> None:  # RE-7
    entries = log()
    entries[2] = replace(entries[2], create_time=entries[2].create_time + timedelta(microseconds=1))
    assert first_broken(entries) == 3


@pytest.mark.parametrize("number", [1, 3, 5])
def test_a_removed_entry_is_found(number: int) -> None:  # RE-7
    entries = log()
    del entries[number - 1]
    assert first_broken(entries) == number


def test_exchanged_entries_are_found() -> None:  # RE-7
    entries = log()
    entries[1], entries[2] = replace(entries[2], number=2), replace(entries[1], number=3)
    assert first_broken(entries) == 2
