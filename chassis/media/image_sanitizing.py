"""Proof images (证明材料): checked, and written anew without metadata, before anything else sees them (RE-3).

A file is decoded only by the three decoders named here, only when its header promises few enough pixels, and only
when the budget has the memory for it.
"""

from dataclasses import dataclass, field
from typing import Final

from chassis.errors import FieldViolation
from chassis.media.image_decoding import Header, NotDecodable, jpeg_within, phone_format, read_header
from chassis.process.memory_budget import BeyondBudget, MemoryBudget

FORMATS: Final = ("JPEG", "PNG", "WEBP")
QUALITY: Final = 88

MOST_BYTES: Final = 5 * 1024 * 1024
MOST_PIXELS: Final = 40_000_000
LEAST_SIDE: Final = 200
LONGEST_SIDE: Final = 3000
"""Of what is kept: a page at this size can be read to the smallest print."""

MOST_SCANS: Final = 64
"""Of a progressive JPEG: a few bytes can ask for thousands of passes over millions of pixels."""


class UnfitImage(Exception):
    """An upload that is not accepted; `violation` says why, for the field `image`."""

    def __init__(self, reason: str, zh: str, en: str) -> None:
        super().__init__(reason)
        self.violation = FieldViolation("image", reason, zh, en)


def require_bytes(size: int) -> None:
    """Raises UnfitImage for a file that is too large."""
    if size > MOST_BYTES:
        most = MOST_BYTES // 1024 // 1024
        raise UnfitImage("TOO_LARGE", f"图片不得超过 {most} MB。", f"The image is larger than {most} MB.")


@dataclass(frozen=True, slots=True)
class SanitizedImage:
    """An image after checking: upright JPEG in sRGB without metadata, on white where it was transparent."""

    content: bytes = field(repr=False)
    width: int
    height: int


def sanitize(content: bytes, memory: MemoryBudget) -> SanitizedImage:
    """The image, written anew. Keeps a processor busy: to be called in a `ThreadPool`. Raises UnfitImage."""
    require_bytes(len(content))
    try:
        header = read_header(content, FORMATS)
        _require_size(header)
        with memory.lend(header.memory_needed(LONGEST_SIDE, LONGEST_SIDE)):
            return _rewritten(content)
    except NotDecodable as error:
        raise _not_an_image(phone_format(content)) from error
    except BeyondBudget as beyond:
        raise _too_many_pixels(header, header.most_pixels(memory.total)) from beyond


def _rewritten(content: bytes) -> SanitizedImage:
    """The pixels and nothing else, in the first of the sides that keeps the limit."""
    side = LONGEST_SIDE
    image = SanitizedImage(*jpeg_within(content, side, QUALITY))
    while len(image.content) > MOST_BYTES:
        side = side * 2 // 3
        image = SanitizedImage(*jpeg_within(content, side, QUALITY))
    return image


def _not_an_image(named: str) -> UnfitImage:
    """The refusal of a file that is none of the formats taken; `named` is the one that phones write, if it is that."""
    zh, en = "请上传 JPEG、PNG 或 WebP 图片", "Upload a JPEG, PNG or WebP image"
    if named:
        zh = f"{zh}；这是 {named} 格式，请在手机相机设置中改用 JPEG（“兼容性最佳”）重拍，或截屏后上传"
        en = f"{en}; this is {named}: set the camera to JPEG (“most compatible”), or upload a screenshot"
    return UnfitImage("NOT_AN_IMAGE", f"{zh}。", f"{en}.")


def _require_size(header: Header) -> None:
    if header.width * header.height > MOST_PIXELS or header.scans > MOST_SCANS:
        raise _too_many_pixels(header, MOST_PIXELS)
    if min(header.width, header.height) < LEAST_SIDE:
        raise UnfitImage(
            "TOO_SMALL",
            f"图片过小（{header.width}×{header.height}），短边至少 {LEAST_SIDE} 像素。",
            f"The image is too small ({header.width}×{header.height}); its shorter side needs {LEAST_SIDE} pixels.",
        )


def _too_many_pixels(header: Header, most: int) -> UnfitImage:
    return UnfitImage(
        "TOO_MANY_PIXELS",
        f"图片像素过多（{header.width}×{header.height}，最多 {most:,} 像素）。",
        f"The image has too many pixels ({header.width}×{header.height}, at most {most:,}).",
    )
