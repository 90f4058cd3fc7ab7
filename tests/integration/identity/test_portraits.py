"""Portraits (ID-6)."""

import io
from pathlib import Path

import pytest
from google.api.httpbody_pb2 import HttpBody
from PIL import Image
from zikao.identity.v1 import resources_pb2

from sandbox.portraits import portrait
from services.identity.config import SAMPLE
from tests.integration.identity.people import Photo
from tests.integration.identity.world import World
from tests.support.refusals import refusal_of


def files(world: World) -> list[Path]:
    """What is stored of all portraits."""
    return [path for path in Path(world.config.blobs_url.removeprefix("file://")).rglob("*") if path.is_file()]


async def test_a_portrait_is_stored_without_metadata_and_encrypted(world: World) -> None:  # ID-6, RE-3
    caller = await world.visitor.register()
    account = await caller.upload(Photo(exif=True))
    assert account.HasField("portrait_update_time")
    answer = await caller("GetPortrait", candidate_id="me")
    assert answer.content_type == "image/jpeg"
    with Image.open(io.BytesIO(answer.data)) as image:
        assert (image.size, dict(image.getexif())) == ((480, 640), {})
    [stored] = files(world)
    assert b"JFIF" not in stored.read_bytes()
    assert answer.data not in stored.read_bytes()


async def test_a_new_portrait_replaces_the_one_before(world: World) -> None:  # ID-6
    caller = await world.visitor.register()
    await caller.upload()
    first = await caller("GetPortrait", candidate_id="me")
    await caller.upload()
    second = await caller("GetPortrait", candidate_id="me")
    assert first.data != second.data
    assert len(files(world)) == 1


async def test_the_same_photo_again_changes_nothing(world: World) -> None:  # ID-6
    caller = await world.visitor.register()
    body = HttpBody(content_type="image/jpeg", data=Photo().take())
    first = await caller("UploadPortrait", candidate_id="me", portrait=body)
    assert await caller("UploadPortrait", candidate_id="me", portrait=body) == first


@pytest.mark.parametrize(
    ("photo", "reasons"),
    [
        (Photo(form="PNG"), {"PHOTO_FORMAT"}),
        (Photo(width=479), {"PHOTO_TOO_NARROW"}),
        (Photo(width=6000, height=700), {"PHOTO_TOO_LOW", "PHOTO_NO_FACE"}),
        (Photo(width=300, height=400), {"PHOTO_TOO_NARROW", "PHOTO_TOO_LOW"}),
        (Photo(width=10, height=10), {"PHOTO_TOO_NARROW", "PHOTO_TOO_LOW", "PHOTO_TOO_FEW_BYTES", "PHOTO_NO_FACE"}),
        (Photo(width=6500, height=6500, quality=10), {"PHOTO_TOO_MANY_PIXELS"}),
    ],
)
async def test_a_refused_photo_names_every_failed_rule(world: World, photo: Photo, reasons: set[str]) -> None:  # ID-6
    caller = await world.visitor.register()
    refusal = await refusal_of(caller.upload(photo))
    assert refusal.reason == "PORTRAIT_REFUSED"
    assert {violation.reason for violation in refusal.fields} == reasons
    assert not (await caller.account()).HasField("portrait_update_time")


@pytest.mark.parametrize("brand", [b"heic", b"mif1", b"avif"])
async def test_what_phones_write_is_named(world: World, brand: bytes) -> None:  # F-27
    caller = await world.visitor.register()
    body = HttpBody(content_type="image/heic", data=b"\0\0\0\x18ftyp" + brand + bytes(64))
    [violation] = (await refusal_of(caller("UploadPortrait", candidate_id="me", portrait=body))).fields
    assert violation.reason == "PHOTO_FORMAT"
    assert ("AVIF" if brand == b"avif" else "HEIC") in violation.zh
    assert "JPEG" in violation.en


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff\xe0 not really", Photo().take()[:2000]])
async def test_what_is_no_photo_is_refused(world: World, content: bytes) -> None:  # ID-6
    caller = await world.visitor.register()
    body = HttpBody(content_type="image/jpeg", data=content)
    refusal = await refusal_of(caller("UploadPortrait", candidate_id="me", portrait=body))
    assert refusal.reason == "PORTRAIT_REFUSED"


async def test_a_large_photo_is_normalised_into_the_limits(world: World) -> None:  # ID-6
    caller = await world.visitor.register()
    await caller.upload(Photo(width=2400, height=3200))
    portrait = (await caller("GetPortrait", candidate_id="me")).data
    assert 20_000 <= len(portrait) <= 200_000


async def test_the_rules_are_shown_before_the_upload(world: World) -> None:  # ID-6
    rules = await world.visitor("GetPhotoRules")
    assert isinstance(rules, resources_pb2.PhotoRules)
    assert (rules.min_width, rules.min_height, rules.max_bytes) == (480, 640, 200_000)
    assert list(rules.content_types) == ["image/jpeg"]
    assert [(one.display_name_zh, one.colour) for one in rules.background_colours] == [
        ("白色", "#FFFFFF"),
        ("浅蓝色", "#AFD5F0"),
    ]
    limits = (rules.min_face_permille, rules.max_face_permille, rules.min_sharpness, rules.min_plain_permille)
    assert limits == (250, 650, 40, 900)


async def test_the_sample_shown_before_the_upload_keeps_the_rules(world: World) -> None:  # ID-6
    sample = await world.visitor("GetPhotoSample")
    caller = await world.visitor.register()
    account = await caller("UploadPortrait", candidate_id="me", portrait=sample)
    assert account.HasField("portrait_update_time")


def test_the_sample_is_a_drawing_of_the_sandbox() -> None:  # ID-6
    assert SAMPLE.read_bytes() == portrait(7)


async def test_there_is_no_portrait_before_the_upload(world: World) -> None:
    caller = await world.visitor.register()
    assert (await refusal_of(caller("GetPortrait", candidate_id="me"))).reason == "NOT_FOUND"
