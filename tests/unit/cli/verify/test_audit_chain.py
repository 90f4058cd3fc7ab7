"""RE-7: the auditor's own reading of the chain agrees with what review writes, and finds what is not as it was."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict

from cli.verify.audit_chain import ChainHead, check_entries
from cli.verify.audit_checkpoints import CheckpointFile, CheckpointsUnreadable
from services.review import mapping
from services.review.domain.audit_log import GENESIS, AuditAction, AuditEntry, AuditNote, chained

Json = dict[str, Any]
START = datetime(2026, 9, 1, 1, tzinfo=UTC)


def log(length: int = 6) -> list[Json]:
    """Entries as review writes them, as the API shows them."""
    entries: list[AuditEntry] = []
    for number in range(1, length + 1):
        facts = {"reason": "原因", "kind": "DOCUMENT_FRONT"} if number % 2 else None
        note = AuditNote("reviewer", AuditAction.MATERIAL_VIEWED, "case" if number > 1 else "", "", facts)
        previous = entries[-1].hash if entries else GENESIS
        at = START + timedelta(seconds=number, microseconds=number * 1000 * (number % 3))
        entries.append(chained(note, number=number, at=at, previous=previous))
    return [MessageToDict(message) for message in mapping.entries(entries)]


async def given(entries: Sequence[Json]) -> AsyncIterator[Json]:
    for entry in entries:
        yield entry


async def test_what_review_writes_verifies() -> None:  # RE-7, invariant 6
    checked = await check_entries(given(log()))
    assert (checked.broken, checked.entries, checked.actions) == ("", 6, {"MATERIAL_VIEWED": 6})
    assert checked.head == ChainHead(6, log()[-1]["hash"])
    assert (await check_entries(given([]))).broken == ""


@pytest.mark.parametrize("field", ["actorId", "action", "caseId", "createTime", "hash", "facts"])
async def test_a_tampered_entry_is_found(field: str) -> None:  # RE-7
    entries = log()
    other = {"action": "CASE_DECIDED", "createTime": "2026-09-01T02:00:00Z", "hash": "00" * 32, "facts": {"a": "b"}}
    entries[2][field] = other.get(field, "somebody else")
    assert (await check_entries(given(entries))).broken.startswith("Entry 3 is not what was written")


async def test_a_removed_entry_is_found() -> None:  # RE-7
    entries = log()
    del entries[3]
    assert (await check_entries(given(entries))).broken == "Entry 4 is missing: entry 5 follows entry 3."


async def test_reordered_entries_are_found() -> None:  # RE-7
    entries = log()
    entries[1], entries[2] = {**entries[2], "number": "2"}, {**entries[1], "number": "3"}
    assert (await check_entries(given(entries))).broken.startswith("Entry 2 is not what was written")


async def test_a_log_cut_off_or_written_anew_shows_against_a_head_that_was_kept() -> None:  # RE-7
    head = ChainHead.parse(f"6:{log()[-1]['hash']}")
    older, other = ChainHead(3, log()[2]["hash"]), ChainHead(6, "ab" * 32)
    assert (await check_entries(given(log(8)), [older, head])).broken == ""
    assert "ends with entry 4; it had 6" in (await check_entries(given(log(4)), [older, head])).broken
    assert "written anew" in (await check_entries(given(log(8)), [older, other])).broken


def test_heads_are_kept_line_by_line_and_read_again(tmp_path: Path) -> None:  # RE-7
    kept = CheckpointFile(tmp_path / "heads")
    assert kept.earlier() == []
    heads = [ChainHead(2, log()[1]["hash"]), ChainHead(6, log()[5]["hash"])]
    for head in heads:
        kept.keep(head, START)
    assert kept.earlier() == heads
    first, second = kept.file.read_text().splitlines()
    assert (first, second) == (f"2026-09-01T01:00:00+00:00 {heads[0]}", f"2026-09-01T01:00:00+00:00 {heads[1]}")


@pytest.mark.parametrize("line", ["", "6:ab", "yesterday 6:" + "ab" * 32, "2026-09-01T01:00:00+00:00 6:ab"])
def test_a_file_that_no_verification_wrote_is_not_trusted(tmp_path: Path, line: str) -> None:  # RE-7
    file = tmp_path / "heads"
    file.write_text(f"2026-09-01T01:00:00+00:00 2:{'ab' * 32}\n{line}\n")
    with pytest.raises(CheckpointsUnreadable, match="Line 2"):
        CheckpointFile(file).earlier()


@pytest.mark.parametrize("text", ["", "6", "6:ab", "x:" + "ab" * 32, "6:" + "zz" * 32])
def test_a_head_is_a_number_and_a_hash(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        ChainHead.parse(text)
