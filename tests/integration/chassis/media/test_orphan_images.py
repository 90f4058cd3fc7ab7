"""Images that no row names are removed: old enough, ours, a bounded number at a time, however often."""

import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from chassis.clock import ManualClock
from chassis.errors import NotFound
from chassis.media import orphan_images
from chassis.media.blobs import SealedBlobs, open_store
from chassis.media.orphan_images import SAFE_AGE, remove_orphan_images
from chassis.security.encryption import FieldCipher

MOMENT = timedelta(seconds=1)


class Folder:
    """A folder of images, and the keys that rows name."""

    def __init__(self, path: Path, clock: ManualClock, *, key: str = "ab" * 32) -> None:
        self.path, self.clock = path, clock
        self.blobs = SealedBlobs(open_store(path.as_uri()), FieldCipher.of(key))
        self.rows: set[str] = set()

    async def put(self, *keys: str) -> None:
        """Stores images now, by the clock."""
        for key in keys:
            await self.blobs.put(key, b"image")
            os.utime(self.path / key, times=(self.clock.now().timestamp(),) * 2)

    async def named(self, keys: Sequence[str]) -> set[str]:
        return self.rows.intersection(keys)

    async def clean(self) -> int:
        """Removes what no row names; how many."""
        return await remove_orphan_images(self.blobs, self.named, self.clock)

    @property
    def kept(self) -> set[str]:
        """What is in it."""
        return {str(file.relative_to(self.path)) for file in self.path.rglob("*") if file.is_file()}


@pytest.fixture
def folder(tmp_path: Path, clock: ManualClock) -> Folder:
    return Folder(tmp_path, clock)


async def test_what_a_row_names_stays_and_the_rest_goes_once_it_is_old(folder: Folder, clock: ManualClock) -> None:
    await folder.put("a/named", "a/nobodys")
    folder.rows = {"a/named"}
    clock.advance(SAFE_AGE)
    assert await folder.clean() == 0
    await folder.put("a/fresh")
    clock.advance(MOMENT)
    assert [await folder.clean(), await folder.clean()] == [1, 0]
    assert folder.kept == {"a/named", "a/fresh"}
    with pytest.raises(NotFound):
        await folder.blobs.get("a/nobodys")


async def test_what_somebody_else_sealed_or_left_there_stays(folder: Folder, clock: ManualClock) -> None:
    await Folder(folder.path, clock, key="cd" * 32).put("a/theirs")
    (folder.path / "a" / "note.txt").write_text("not sealed at all")
    os.utime(folder.path / "a" / "note.txt", times=(clock.now().timestamp(),) * 2)
    clock.advance(SAFE_AGE + MOMENT)
    assert await folder.clean() == 0
    assert folder.kept == {"a/theirs", "a/note.txt"}


async def test_one_round_removes_a_bounded_number(
    folder: Folder, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orphan_images, "MOST_REMOVED", 3)
    monkeypatch.setattr(orphan_images, "AT_ONCE", 2)
    await folder.put(*(f"a/{number}" for number in range(7)))
    clock.advance(SAFE_AGE + MOMENT)
    assert [await folder.clean() for _ in range(4)] == [3, 3, 1, 0]
