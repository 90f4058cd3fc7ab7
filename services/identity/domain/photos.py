"""What a portrait must be (ID-6): limits from configuration, measurements from a PhotoChecker, and the verdict."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from chassis.errors import FieldViolation
from services.identity.errors import PortraitRefused

CONTENT_TYPES: Final = {"JPEG": "image/jpeg"}
"""The formats accepted, by the name decoders give them."""


@dataclass(frozen=True, slots=True)
class PhotoRules:
    """The limits. `min_bytes` and `max_bytes` are of the normalised photo."""

    min_width: int = 480
    min_height: int = 640
    max_upload_bytes: int = 5_000_000
    max_upload_pixels: int = 40_000_000
    min_bytes: int = 20_000
    max_bytes: int = 200_000
    backgrounds: tuple[str, ...] = ("白色", "浅蓝色")
    sample_uri: str = ""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a photo checker found in an upload.

    `format` is empty when it is no image at all; `jpeg` is the normalised photo, absent when the upload could not be
    decoded or is so large that
    nobody tried.
    """

    upload_bytes: int
    format: str = ""
    width: int = 0
    height: int = 0
    jpeg: bytes | None = field(default=None, repr=False)


class Measure(Enum):
    """What is measured: its name and unit, in Chinese and English."""

    UPLOAD = ("上传文件大小", "字节", "the size of the upload", "bytes")
    PIXELS = ("像素总数", "", "the number of pixels", "")
    WIDTH = ("宽度", "像素", "the width", "pixels")
    HEIGHT = ("高度", "像素", "the height", "pixels")
    SIZE = ("处理后文件大小", "字节", "the normalised size", "bytes")


def accepted(inspection: Inspection, rules: PhotoRules) -> bytes:
    """The normalised photo of an upload that keeps all rules. Raises PortraitRefused naming every rule it breaks, with
    measure and limit.
    """
    broken = tuple(_unusable(inspection, rules)) or tuple(_broken(inspection, rules))
    if broken or inspection.jpeg is None:
        raise PortraitRefused(fields=broken)
    return inspection.jpeg


def _unusable(found: Inspection, rules: PhotoRules) -> Iterator[FieldViolation]:
    """What keeps an upload from being looked at any further; at most one."""
    pixels = found.width * found.height
    if found.upload_bytes > rules.max_upload_bytes:
        yield _above("PHOTO_UPLOAD_TOO_LARGE", Measure.UPLOAD, found.upload_bytes, rules.max_upload_bytes)
    elif found.format not in CONTENT_TYPES:
        zh, en = (
            f"须为JPEG格式，实际为{found.format or '无法识别'}",
            f"must be a JPEG, found {found.format or 'something unknown'}",
        )
        yield FieldViolation("portrait", "PHOTO_FORMAT", zh, en)
    elif pixels > rules.max_upload_pixels:
        yield _above("PHOTO_TOO_MANY_PIXELS", Measure.PIXELS, pixels, rules.max_upload_pixels)
    elif found.jpeg is None:
        yield FieldViolation("portrait", "PHOTO_DAMAGED", "照片文件已损坏", "the photo is damaged")


def _broken(found: Inspection, rules: PhotoRules) -> Iterator[FieldViolation]:
    size = len(found.jpeg or b"")
    if found.width < rules.min_width:
        yield _below("PHOTO_TOO_NARROW", Measure.WIDTH, found.width, rules.min_width)
    if found.height < rules.min_height:
        yield _below("PHOTO_TOO_LOW", Measure.HEIGHT, found.height, rules.min_height)
    if size < rules.min_bytes:
        yield _below("PHOTO_TOO_FEW_BYTES", Measure.SIZE, size, rules.min_bytes)
    if size > rules.max_bytes:
        yield _above("PHOTO_TOO_MANY_BYTES", Measure.SIZE, size, rules.max_bytes)


def _below(reason: str, measure: Measure, found: int, limit: int) -> FieldViolation:
    zh, unit_zh, en, unit_en = measure.value
    return FieldViolation(
        "portrait",
        reason,
        f"{zh}为{found}{unit_zh}，至少须{limit}{unit_zh}",
        f"{en} is {found}, at least {limit} {unit_en}".strip(),
    )


def _above(reason: str, measure: Measure, found: int, limit: int) -> FieldViolation:
    zh, unit_zh, en, unit_en = measure.value
    return FieldViolation(
        "portrait",
        reason,
        f"{zh}为{found}{unit_zh}，最多{limit}{unit_zh}",
        f"{en} is {found}, at most {limit} {unit_en}".strip(),
    )
