"""RE-7: the auditor's own reading of a chain finds what is not as it was."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.verify.audit_chain import BEFORE_THE_FIRST, TEXTS, ChainCheck, ChainHead, check_entries, hash_of
from cli.verify.audit_checkpoints import CheckpointFile, CheckpointsUnreadable

Json = dict[str, Any]
HASH = "ab" * 32
START = datetime(2026, 9, 1, 1, tzinfo=UTC)


def log(length: int = 6, service: str = "review") -> list[Json]:
    """Entries as the API shows them; that a service chains alike is for a test with a database to say."""
    entries: list[Json] = []
    previous = BEFORE_THE_FIRST
    for number in range(1, length + 1):
        facts = {"reason": "原因", "kind": "DOCUMENT_FRONT"} if number % 2 else {}
        at = START + timedelta(seconds=number, microseconds=number * 1000 * (number % 3))
        entry = {"number": str(number), "createTime": at.isoformat(), "actorId": "reviewer", "actorRole": "REVIEWER"}
        entry |= {"action": "MATERIAL_VIEWED", "objectKind": "case", "objectId": "case" if number > 1 else ""}
        reason, salt = "停电", bytes([number]) * 32
        digest = hashlib.sha256(salt + reason.encode()).hexdigest()
        entry |= {"reason": reason, "reasonSalt": salt.hex(), "reasonDigest": digest, "facts": facts}
        entry["hash"] = hash_of(entry, previous)
        previous = bytes.fromhex(entry["hash"])
        entries.append(entry)
    return entries


async def given(entries: Sequence[Json]) -> AsyncIterator[Json]:
    for entry in entries:
        yield entry


async def check(entries: Sequence[Json], known: Sequence[ChainHead] = ()) -> ChainCheck:
    return await check_entries("review", given(entries), known)


async def test_what_was_not_touched_verifies() -> None:  # RE-7, invariant 6
    checked = await check(log())
    assert (checked.broken, checked.entries, checked.actions) == ("", 6, {"MATERIAL_VIEWED": 6})
    assert checked.head == ChainHead("review", 6, log()[-1]["hash"])
    assert (await check([])).broken == ""


@pytest.mark.parametrize("field", ["createTime", "hash", "facts", *TEXTS])
async def test_a_tampered_entry_is_found(field: str) -> None:  # RE-7
    entries = log()
    other = {"action": "CASE_DECIDED", "createTime": "2026-09-01T02:00:00Z", "hash": "00" * 32, "facts": {"a": "b"}}
    entries[2][field] = other.get(field, "somebody else")
    assert (await check(entries)).broken.startswith("review: Entry 3 is not what was written")


async def test_an_erased_reason_is_no_tampering_and_any_other_is() -> None:  # ID-20, RE-7
    entries = log()
    entries[1] |= {"reason": "", "reasonSalt": ""}
    assert (await check(entries)).broken == ""
    for forged in ({"reason": "来电"}, {"reason": ""}, {"reasonSalt": ""}):
        entries = log()
        entries[2] |= forged
        assert (await check(entries)).broken.startswith("review: Entry 3 has another reason")


async def test_a_removed_entry_is_found() -> None:  # RE-7
    entries = log()
    del entries[3]
    assert (await check(entries)).broken == "review: Entry 4 is missing: entry 5 follows entry 3."


async def test_reordered_entries_are_found() -> None:  # RE-7
    entries = log()
    entries[1], entries[2] = {**entries[2], "number": "2"}, {**entries[1], "number": "3"}
    assert (await check(entries)).broken.startswith("review: Entry 2 is not what was written")


async def test_a_log_cut_off_or_written_anew_shows_against_a_head_that_was_kept() -> None:  # RE-7
    head = ChainHead.parse(f"review:6:{log()[-1]['hash']}")
    older, other = ChainHead("review", 3, log()[2]["hash"]), ChainHead("review", 6, "ab" * 32)
    assert (await check(log(8), [older, head])).broken == ""
    assert "ends with entry 4; it had 6" in (await check(log(4), [older, head])).broken
    assert "written anew" in (await check(log(8), [older, other])).broken


def test_heads_are_kept_line_by_line_and_read_again(tmp_path: Path) -> None:  # RE-7
    kept = CheckpointFile(tmp_path / "heads")
    assert kept.earlier() == []
    heads = [ChainHead("review", 2, log()[1]["hash"]), ChainHead("review", 6, log()[5]["hash"])]
    for head in heads:
        kept.keep(head, START)
    assert kept.earlier() == heads
    first, second = kept.file.read_text().splitlines()
    assert (first, second) == (f"2026-09-01T01:00:00+00:00 {heads[0]}", f"2026-09-01T01:00:00+00:00 {heads[1]}")


@pytest.mark.parametrize(
    "line", ["", "review:6:ab", f"yesterday review:6:{HASH}", "2026-09-01T01:00:00+00:00 review:6:ab"]
)
def test_a_file_that_no_verification_wrote_is_not_trusted(tmp_path: Path, line: str) -> None:  # RE-7
    file = tmp_path / "heads"
    file.write_text(f"2026-09-01T01:00:00+00:00 review:2:{'ab' * 32}\n{line}\n")
    with pytest.raises(CheckpointsUnreadable, match="Line 2"):
        CheckpointFile(file).earlier()


@pytest.mark.parametrize(
    "text", ["", "6", "review:6:ab", f"review:x:{HASH}", "review:6:" + "zz" * 32, f"nobody:6:{HASH}"]
)
def test_a_head_is_a_service_a_number_and_a_hash(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        ChainHead.parse(text)


async def test_a_head_of_another_services_log_says_nothing_of_this_one() -> None:  # RE-11
    assert (await check(log(2), [ChainHead("payment", 9, "ab" * 32)])).broken == ""
