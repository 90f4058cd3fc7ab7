"""What a portrait must be (ID-6): limits from configuration, measurements from a photo checker, and the verdict.

Shares are integers in thousandths (‰), so that what is shown and what is compared are the same number.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from typing import Final

from chassis.errors import FieldViolation
from services.identity.domain.photos.colour_distance import Colour, colour_of, distance, written
from services.identity.errors import PortraitRefused

CONTENT_TYPES: Final = {"JPEG": "image/jpeg"}
"""The formats accepted, by the name decoders give them."""

OF_PHONES: Final = frozenset({"HEIC", "AVIF"})
"""What phones write unless they are told otherwise."""


@dataclass(frozen=True, slots=True)
class Background:
    """A plain background that is accepted: its name, and the colour in the middle of what it means, as `#RRGGBB`."""

    zh: str
    en: str
    colour: str

    def __post_init__(self) -> None:
        """Raises ValueError for what is no colour."""
        colour_of(self.colour)

    @property
    def rgb(self) -> Colour:
        """The colour as its three parts."""
        return colour_of(self.colour)


BACKGROUNDS: Final = (
    Background("白色", "white", "#FFFFFF"),
    Background("浅蓝色", "light blue", "#AFD5F0"),
)


@dataclass(frozen=True, slots=True)
class PhotoRules:
    """The limits, as they are configured.

    `max_scans` are those of a progressive JPEG; `min_bytes` and `max_bytes` are of the normalised photo. Distances are
    in CIELAB, from the nearest accepted background. Faces are measured by the square around them, from the middle of
    the forehead to the chin; lower ones than `noticed_face_permille` of the photo's height are not noticed. A
    `min_sharpness` of 0 accepts any. `sample_uri` is where a sample can be seen.
    """

    min_width: int = 480
    min_height: int = 640
    max_upload_bytes: int = 5_000_000
    max_upload_pixels: int = 40_000_000
    max_scans: int = 64
    min_bytes: int = 20_000
    max_bytes: int = 200_000
    backgrounds: tuple[Background, ...] = BACKGROUNDS
    max_background_distance: int = 18
    min_plain_permille: int = 900
    noticed_face_permille: int = 110
    min_face_permille: int = 250
    max_face_permille: int = 650
    max_face_offset_permille: int = 100
    min_face_centre_permille: int = 300
    max_face_centre_permille: int = 600
    min_sharpness: int = 40
    sample_uri: str = "/v1/photo-rules/sample"

    def __post_init__(self) -> None:
        """Raises ValueError when no background is accepted."""
        if not self.backgrounds:
            raise ValueError("at least one background is accepted")


@dataclass(frozen=True, slots=True)
class Face:
    """A face that was found: its height as a share of the photo's, and its centre as shares of width and height from
    the upper left corner.
    """

    height: int
    centre_x: int
    centre_y: int

    @property
    def offset(self) -> int:
        """How far it is from the vertical middle line, as a share of the photo's width."""
        return abs(self.centre_x - 500)


@dataclass(frozen=True, slots=True)
class PhotoMeasurements:
    """What is to be seen: the background's colour, which share of it has this colour, the faces, and how much fine
    detail there is, in ten-thousandths of the contrast.
    """

    background: Colour
    plain: int
    faces: tuple[Face, ...]
    sharpness: int


@dataclass(frozen=True, slots=True)
class PhotoInspection:
    """What a photo checker found in an upload.

    `format` is empty when it is no image at all; `jpeg` and `measurements` are of the normalised photo, absent when the
    upload could not be decoded or is so large that nobody tried. `most_pixels` is said where an image of its form with
    more pixels does not fit into the memory that there is for images.
    """

    upload_bytes: int
    format: str = ""
    width: int = 0
    height: int = 0
    scans: int = 0
    jpeg: bytes | None = field(default=None, repr=False)
    measurements: PhotoMeasurements | None = None
    most_pixels: int | None = None


class Measure(Enum):
    """What is measured: its name and unit, in Chinese and English."""

    UPLOAD = ("上传文件大小", "字节", "the size of the upload", "bytes")
    PIXELS = ("像素总数", "", "the number of pixels", "")
    SCANS = ("渐进扫描次数", "", "the number of progressive scans", "")
    WIDTH = ("宽度", "像素", "the width", "pixels")
    HEIGHT = ("高度", "像素", "the height", "pixels")
    SIZE = ("处理后文件大小", "字节", "the normalised size", "bytes")
    PLAIN = ("背景同色部分", "‰", "the part of the background in one colour", "‰")
    FACES = ("人脸数", "", "the number of faces", "")
    FACE_HEIGHT = ("人脸高度占照片高度", "‰", "the face's share of the photo's height", "‰")
    FACE_OFFSET = ("人脸偏离中线", "‰", "the face's distance from the middle line", "‰")
    FACE_CENTRE = ("人脸中心距上边", "‰", "the face's centre from the upper edge", "‰")
    SHARPNESS = ("清晰度", "", "the sharpness", "")


def accepted(inspection: PhotoInspection, rules: PhotoRules) -> bytes:
    """The normalised photo of an upload that keeps all rules. Raises PortraitRefused naming every rule it breaks, with
    measure and limit.
    """
    broken = tuple(_unusable(inspection, rules)) or (
        *_broken(inspection, rules),
        *_unlike(inspection.measurements, rules),
    )
    if broken or inspection.jpeg is None:
        raise PortraitRefused(fields=broken)
    return inspection.jpeg


def _unusable(found: PhotoInspection, rules: PhotoRules) -> Iterator[FieldViolation]:
    """What keeps an upload from being looked at any further; the first of these is enough."""
    if found.upload_bytes > rules.max_upload_bytes:
        yield _above("PHOTO_UPLOAD_TOO_LARGE", Measure.UPLOAD, found.upload_bytes, rules.max_upload_bytes)
    elif found.format not in CONTENT_TYPES:
        zh = f"须为JPEG格式，实际为{found.format or '无法识别'}"
        en = f"must be a JPEG, found {found.format or 'something unknown'}"
        if found.format in OF_PHONES:
            zh += "；请在手机相机设置中改用JPEG（“兼容性最佳”）重拍"
            en += "; set the camera to JPEG (“most compatible”)"
        yield FieldViolation("portrait", "PHOTO_FORMAT", zh, en)
    elif found.width * found.height > rules.max_upload_pixels:
        yield _above("PHOTO_TOO_MANY_PIXELS", Measure.PIXELS, found.width * found.height, rules.max_upload_pixels)
    elif found.scans > rules.max_scans:
        yield _above("PHOTO_TOO_MANY_SCANS", Measure.SCANS, found.scans, rules.max_scans)
    elif found.most_pixels is not None:
        yield _above("PHOTO_TOO_MANY_PIXELS", Measure.PIXELS, found.width * found.height, found.most_pixels)
    elif found.jpeg is None:
        yield FieldViolation("portrait", "PHOTO_DAMAGED", "照片文件已损坏", "the photo is damaged")


def _broken(found: PhotoInspection, rules: PhotoRules) -> Iterator[FieldViolation]:
    """What is wrong with its size."""
    size = len(found.jpeg or b"")
    if found.width < rules.min_width:
        yield _below("PHOTO_TOO_NARROW", Measure.WIDTH, found.width, rules.min_width)
    if found.height < rules.min_height:
        yield _below("PHOTO_TOO_LOW", Measure.HEIGHT, found.height, rules.min_height)
    if size < rules.min_bytes:
        yield _below("PHOTO_TOO_FEW_BYTES", Measure.SIZE, size, rules.min_bytes)
    if size > rules.max_bytes:
        yield _above("PHOTO_TOO_MANY_BYTES", Measure.SIZE, size, rules.max_bytes)


def _unlike(seen: PhotoMeasurements | None, rules: PhotoRules) -> Iterator[FieldViolation]:
    """What is wrong with what is to be seen."""
    if seen is None:
        return
    yield from _wrong_background(seen, rules)
    match seen.faces:
        case ():
            yield _below("PHOTO_NO_FACE", Measure.FACES, 0, 1)
        case (face,):
            yield from _misplaced(face, rules)
        case faces:
            yield _above("PHOTO_SEVERAL_FACES", Measure.FACES, len(faces), 1)
    if seen.sharpness < rules.min_sharpness:
        yield _below("PHOTO_BLURRED", Measure.SHARPNESS, seen.sharpness, rules.min_sharpness)


def _wrong_background(seen: PhotoMeasurements, rules: PhotoRules) -> Iterator[FieldViolation]:
    nearest = min(distance(seen.background, background.rgb) for background in rules.backgrounds)
    if nearest > rules.max_background_distance:
        yield _background_colour(seen.background, nearest, rules)
    if seen.plain < rules.min_plain_permille:
        yield _below("PHOTO_BACKGROUND_NOT_PLAIN", Measure.PLAIN, seen.plain, rules.min_plain_permille)


def _misplaced(face: Face, rules: PhotoRules) -> Iterator[FieldViolation]:
    if face.height < rules.min_face_permille:
        yield _below("PHOTO_FACE_TOO_SMALL", Measure.FACE_HEIGHT, face.height, rules.min_face_permille)
    if face.height > rules.max_face_permille:
        yield _above("PHOTO_FACE_TOO_LARGE", Measure.FACE_HEIGHT, face.height, rules.max_face_permille)
    if face.offset > rules.max_face_offset_permille:
        yield _above("PHOTO_FACE_OFF_CENTRE", Measure.FACE_OFFSET, face.offset, rules.max_face_offset_permille)
    if face.centre_y < rules.min_face_centre_permille:
        yield _below("PHOTO_FACE_TOO_HIGH", Measure.FACE_CENTRE, face.centre_y, rules.min_face_centre_permille)
    if face.centre_y > rules.max_face_centre_permille:
        yield _above("PHOTO_FACE_TOO_DEEP", Measure.FACE_CENTRE, face.centre_y, rules.max_face_centre_permille)


def _background_colour(found: Colour, nearest: int, rules: PhotoRules) -> FieldViolation:
    zh = "或".join(background.zh for background in rules.backgrounds)
    en = " or ".join(background.en for background in rules.backgrounds)
    limit = rules.max_background_distance
    return FieldViolation(
        "portrait",
        "PHOTO_BACKGROUND_COLOUR",
        f"背景须为{zh}，实际为{written(found)}，色差{nearest}，最多{limit}",
        f"the background must be {en}; it is {written(found)}, {nearest} away from it, at most {limit}",
    )


def _beyond(bound_zh: str, bound_en: str, reason: str, measure: Measure, found: int, limit: int) -> FieldViolation:
    zh, unit_zh, en, unit_en = measure.value
    return FieldViolation(
        "portrait",
        reason,
        f"{zh}为{found}{unit_zh}，{bound_zh}{limit}{unit_zh}",
        f"{en} is {found}, {bound_en} {limit} {unit_en}".strip(),
    )


_below: Final = partial(_beyond, "至少须", "at least")
_above: Final = partial(_beyond, "最多", "at most")
