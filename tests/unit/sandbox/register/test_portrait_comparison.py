"""The register's comparison of pixels (ID-7)."""

import io
from functools import cache

import pytest
from PIL import Image, ImageEnhance

from chassis.process.memory_budget import MemoryBudget
from chassis.process.thread_pool import ThreadPool
from sandbox.portraits import portrait
from sandbox.register.portrait_comparison import THRESHOLD, ComparablePortrait
from sandbox.web.refusals import Refused
from services.identity.adapters.photo_inspector import VipsPhotoChecker
from services.identity.domain.photos.photo_rules import PhotoRules

PEOPLE = range(40)


def altered(jpeg: bytes, *, scale: float = 1, quality: int = 90, brightness: float = 1, form: str = "JPEG") -> bytes:
    with Image.open(io.BytesIO(jpeg)) as opened:
        image = opened.convert("RGB")
    image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    ImageEnhance.Brightness(image).enhance(brightness).save(written, form, quality=quality, compress_level=1)
    return written.getvalue()


def similarity(one: bytes, other: bytes) -> float:
    return comparable(one).similarity(ComparablePortrait.of(other))


@cache
def comparable(one: bytes) -> ComparablePortrait:
    """Of an original, which every test compares with something else."""
    return ComparablePortrait.of(one)


@cache
def portrait_of(seed: int) -> bytes:
    return portrait(seed)


@pytest.mark.parametrize(
    "change",
    [
        {"quality": 60},
        {"scale": 2, "quality": 95},
        {"scale": 0.6, "quality": 80},
        {"scale": 1.37},
        {"form": "PNG"},
        {"brightness": 0.8},
        {"brightness": 1.1},
    ],
    ids=str,
)
def test_another_copy_of_a_portrait_matches(change):  # ID-7
    assert all(similarity(portrait_of(seed), altered(portrait_of(seed), **change)) >= THRESHOLD for seed in PEOPLE)


def test_other_people_do_not_match():  # ID-7
    likenesses = [comparable(portrait_of(seed)) for seed in range(120)]
    pairs = [one.similarity(other) for place, one in enumerate(likenesses) for other in likenesses[:place]]
    assert max(pairs) < THRESHOLD - 0.02


async def test_what_identity_stores_of_an_upload_matches():  # ID-6, ID-7
    with ThreadPool("photos", most_waiting=4) as threads:
        checker = VipsPhotoChecker(threads, MemoryBudget(64_000_000), PhotoRules())
        for scale in (1, 2.5):
            inspection = await checker.inspect(altered(portrait(7), scale=scale))
            assert inspection.jpeg is not None
            assert similarity(portrait(7), inspection.jpeg) >= THRESHOLD
            assert similarity(portrait(8), inspection.jpeg) < THRESHOLD


def test_a_portrait_is_turned_as_its_metadata_says():
    with Image.open(io.BytesIO(portrait(3))) as opened:
        lying = opened.convert("RGB").rotate(90, expand=True)
    written, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    lying.save(written, "JPEG", quality=90, exif=exif)
    assert similarity(portrait(3), written.getvalue()) >= THRESHOLD


@pytest.mark.parametrize("upload", [b"", b"hello", portrait(1)[:400]], ids=["nothing", "text", "torn"])
def test_what_is_no_image_is_refused(upload):
    with pytest.raises(Refused) as refused:
        ComparablePortrait.of(upload)
    assert (refused.value.status, refused.value.reason) == (422, "PORTRAIT_UNREADABLE")


def test_a_blank_picture_is_like_nobody():
    blank = io.BytesIO()
    Image.new("RGB", (480, 640), "white").save(blank, "JPEG")
    assert abs(similarity(blank.getvalue(), portrait(1))) < 0.5
    assert similarity(blank.getvalue(), blank.getvalue()) == 0
