"""What the photo checker sees in real pictures (ID-6): drawings, and what can go wrong with a photo of each."""

import asyncio
import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter

from chassis.errors import Overloaded
from chassis.process.memory_budget import MemoryBudget
from chassis.process.thread_pool import ThreadPool
from sandbox.portraits import portrait
from services.identity.adapters.photo_inspector import HIGHEST, WIDEST, VipsPhotoChecker, _inspect
from services.identity.domain.photos.colour_distance import distance
from services.identity.domain.photos.photo_rules import Background, PhotoInspection, PhotoRules, accepted
from services.identity.errors import PortraitRefused

FRAME = (WIDEST, HIGHEST)
RULES = PhotoRules()
MEMORY = MemoryBudget(64_000_000)
WHITE, LIGHT_BLUE = (background.rgb for background in RULES.backgrounds)
Change = Callable[[Image.Image], Image.Image]


def drawing(seed: int = 7) -> Image.Image:
    with Image.open(io.BytesIO(portrait(seed))) as opened:
        return opened.convert("RGB")


def file_of(image: Image.Image, **options: object) -> bytes:
    written = io.BytesIO()
    image.save(written, "JPEG", **{"quality": 92, **options})
    return written.getvalue()


def reasons(upload: bytes, rules: PhotoRules = RULES) -> dict[str, str]:
    """The rules that an upload breaks, with the texts."""
    try:
        accepted(_inspect(upload, rules, MEMORY), rules)
    except PortraitRefused as refused:
        return {field.reason: f"{field.zh} {field.en}" for field in refused.fields}
    return {}


def on(image: Image.Image, background: Image.Image, centre: tuple[int, int], width: int) -> Image.Image:
    """The picture, scaled, on another background."""
    height = round(width * image.height / image.width)
    small = image.resize((width, height), Image.Resampling.LANCZOS)
    background.paste(small, (centre[0] - width // 2, centre[1] - height // 2))
    return background


def wall(colour: tuple[int, int, int], size: tuple[int, int] = (480, 640)) -> Image.Image:
    return Image.new("RGB", size, colour)


def grained(image: Image.Image) -> Image.Image:
    """With the noise that a camera adds however blurred the picture is."""
    noise = np.random.default_rng(1).normal(0, 5, (image.height, image.width, 1))
    return Image.fromarray(np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8))


def repainted(image: Image.Image, colour: tuple[int, int, int]) -> Image.Image:
    """Another background behind the same person."""
    ImageDraw.floodfill(image, (2, 2), colour, thresh=90)
    ImageDraw.floodfill(image, (477, 2), colour, thresh=90)
    return image


def striped(image: Image.Image) -> Image.Image:
    pen = ImageDraw.Draw(image)
    for left in range(0, 480, 40):
        pen.rectangle((left, 0, left + 19, 60), fill=(90, 120, 90))
    return image


def two_people(image: Image.Image) -> Image.Image:
    left, right = (drawing(seed).crop((60, 100, 420, 580)).resize((240, 320)) for seed in (7, 8))
    both = wall(LIGHT_BLUE)
    both.paste(left, (0, 160))
    both.paste(right, (240, 160))
    return both


FAINT = (1166913984, 186424653, 1913625413)
"""Drawings in which the face is found less often than in others."""
ANOTHER = (2110642421,)
"""Drawings in which something else looks like a face, faintly."""


@pytest.mark.parametrize("seed", [*range(0, 60 * 7919, 7919), *FAINT, *ANOTHER])
def test_every_drawing_of_the_sandbox_keeps_the_rules(seed: int) -> None:  # ID-6
    assert reasons(portrait(seed)) == {}


@pytest.mark.parametrize(
    ("change", "expected", "told"),
    [
        (lambda image: image.filter(ImageFilter.GaussianBlur(5)), {"PHOTO_BLURRED"}, "at least 40"),
        (lambda image: grained(image.filter(ImageFilter.GaussianBlur(5))), {"PHOTO_BLURRED"}, "at least 40"),
        (lambda image: repainted(image, (200, 40, 40)), {"PHOTO_BACKGROUND_COLOUR"}, "#C"),
        (lambda image: repainted(image, (40, 90, 200)), {"PHOTO_BACKGROUND_COLOUR"}, "at most 18"),
        (striped, {"PHOTO_BACKGROUND_NOT_PLAIN"}, "at least 900"),
        (lambda image: on(image, wall((190, 218, 240)), (240, 380), 200), {"PHOTO_FACE_TOO_SMALL"}, "at least 250"),
        (lambda image: on(image, wall((190, 218, 240)), (390, 400), 360), {"PHOTO_FACE_OFF_CENTRE"}, "at most 100"),
        (lambda image: image.crop((0, 130, 480, 640)), {"PHOTO_TOO_LOW"}, "at least 640"),
        (lambda image: on(image, wall((190, 218, 240)), (240, 565), 400), {"PHOTO_FACE_TOO_DEEP"}, "at most 600"),
        (lambda image: two_people(image), {"PHOTO_SEVERAL_FACES"}, "is 2, at most 1"),
        (lambda image: wall((255, 255, 255)), {"PHOTO_NO_FACE"}, "is 0, at least 1"),
    ],
    ids=[
        "blurred",
        "blurred with grain",
        "red behind",
        "dark blue behind",
        "striped behind",
        "small face",
        "face to the side",
        "cropped",
        "face low",
        "two faces",
        "no face",
    ],
)
def test_each_fault_of_a_photo_is_named_with_measure_and_limit(
    change: Change, expected: set[str], told: str
) -> None:  # ID-6
    found = reasons(file_of(change(drawing())))
    assert expected <= set(found), found
    assert told in found[expected.pop()]


def test_a_face_that_fills_the_photo_is_too_large_and_too_high() -> None:  # ID-6
    close = drawing().crop((120, 170, 360, 490)).resize((480, 640), Image.Resampling.LANCZOS)
    assert "PHOTO_FACE_TOO_LARGE" in reasons(file_of(close))
    high = on(drawing(), wall((190, 218, 240)), (240, 205), 480)
    assert "PHOTO_FACE_TOO_HIGH" in reasons(file_of(high))


def test_every_failed_rule_is_named_at_once() -> None:  # ID-6
    wrong = repainted(drawing(), (200, 40, 40)).resize((300, 400)).filter(ImageFilter.GaussianBlur(4))
    assert {"PHOTO_TOO_NARROW", "PHOTO_TOO_LOW", "PHOTO_BACKGROUND_COLOUR", "PHOTO_BLURRED"} <= set(
        reasons(file_of(wrong))
    )


@pytest.mark.parametrize("colour", [(255, 255, 255), (240, 240, 240), (173, 216, 230), (190, 218, 240)], ids=str)
def test_shades_of_white_and_light_blue_are_accepted(colour: tuple[int, int, int]) -> None:  # ID-6
    assert "PHOTO_BACKGROUND_COLOUR" not in reasons(file_of(repainted(drawing(), colour)))


def test_the_limits_are_configuration() -> None:  # ID-6
    red = replace(RULES, backgrounds=(Background("红色", "red", "#C82828"),))
    assert reasons(file_of(repainted(drawing(), (200, 40, 40))), red) == {}
    assert set(reasons(portrait(7), replace(RULES, min_sharpness=5000))) == {"PHOTO_BLURRED"}
    assert set(reasons(portrait(7), replace(RULES, min_face_permille=640))) == {"PHOTO_FACE_TOO_SMALL"}


def test_distances_of_colours_are_those_of_the_standard() -> None:  # ID-6
    assert distance((0, 0, 0), (255, 255, 255)) == 100
    assert distance((255, 0, 0), (255, 0, 0)) == 0
    assert distance((255, 255, 255), (255, 0, 0)) == 115  # red is L* 53.2, a* 80.1, b* 67.2


def test_a_photo_on_its_side_is_measured_upright() -> None:  # ID-6
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = file_of(drawing().rotate(90, expand=True), exif=exif)
    found = _inspect(lying, RULES, MEMORY)
    assert (found.width, found.height) == (480, 640)
    assert reasons(lying) == {}


def test_where_and_with_what_it_was_taken_is_not_kept() -> None:  # ID-6
    exif = Image.Exif()
    exif[0x010F], exif[0x8825] = "a camera", {1: "N", 2: (31.0, 13.0, 43.0)}
    upload = file_of(drawing(), exif=exif, comment=b"a comment", icc_profile=b"a profile")
    stored = accepted(_inspect(upload, RULES, MEMORY), RULES)
    with Image.open(io.BytesIO(stored)) as image:
        image.load()
        assert not image.getexif()
        assert {"comment", "icc_profile", "exif"}.isdisjoint(image.info)
    assert b"camera" not in stored


def test_what_a_phone_writes_is_a_jpeg() -> None:  # ID-6
    both = io.BytesIO()
    drawing().save(both, "MPO", save_all=True, append_images=[drawing(8)], quality=92)
    assert reasons(both.getvalue()) == {}


def bomb(side: int) -> bytes:
    """A small file that claims to be a large picture."""
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", len(head)) + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))
    return b"\x89PNG\r\n\x1a\n" + chunk


@pytest.mark.parametrize("side", [9_000, 60_000])
def test_a_decompression_bomb_is_never_decoded(side: int) -> None:  # ID-6
    found = _inspect(bomb(side), RULES, MEMORY)
    assert found.jpeg is None
    with pytest.raises(PortraitRefused):
        accepted(found, RULES)


def test_a_photo_of_too_many_pixels_is_never_decoded() -> None:  # ID-6
    upload = bytearray(file_of(drawing()))
    at = upload.index(b"\xff\xc0") + 5
    upload[at : at + 4] = struct.pack(">HH", 60_000, 1_000)
    [(reason, text)] = reasons(bytes(upload)).items()
    assert reason == "PHOTO_TOO_MANY_PIXELS"
    assert "60000000" in text
    assert "40000000" in text


def test_a_file_that_asks_for_thousands_of_passes_is_never_decoded() -> None:  # ID-6
    upload = file_of(drawing(), progressive=True)
    assert reasons(upload) == {}
    [reason] = reasons(upload + b"\xff\xda" * 1000)
    assert reason == "PHOTO_TOO_MANY_SCANS"


def test_of_a_large_photo_what_is_stored_is_measured() -> None:  # ID-6, F-27
    large = file_of(drawing().resize((3000, 4000), Image.Resampling.BICUBIC))
    found = _inspect(large, RULES, MEMORY)
    assert (found.width, found.height) == FRAME
    assert reasons(large) == {}


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 1200), st.integers(1, 1200), st.sampled_from(["RGB", "L", "CMYK"]))
def test_a_picture_of_any_shape_is_measured(width: int, height: int, mode: str) -> None:  # ID-6
    found = _inspect(file_of(Image.new(mode, (width, height))), RULES, MEMORY)
    assert found.measurements is not None
    scale = min(1.0, *(most / side for most, side in zip(FRAME, (width, height), strict=True)))
    assert (found.width, found.height) == pytest.approx((width * scale, height * scale), abs=1)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_whatever_is_uploaded_is_accepted_or_refused_and_nothing_else(data: st.DataObject) -> None:  # ID-6
    upload = bytearray(portrait(3))
    for _ in range(data.draw(st.integers(1, 20))):
        upload[data.draw(st.integers(0, len(upload) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(upload)))
    for attempt in (bytes(upload), bytes(upload[:cut])):
        assert isinstance(_inspect(attempt, RULES, MEMORY), PhotoInspection)


async def test_more_photos_than_may_wait_are_refused_not_queued() -> None:  # ID-6
    with ThreadPool("photos", most_waiting=1, workers=1) as threads:
        checker = VipsPhotoChecker(threads, MEMORY, RULES)
        outcomes = await asyncio.gather(*(checker.inspect(portrait(7)) for _ in range(5)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [PhotoInspection] * 2 + [Overloaded] * 3
