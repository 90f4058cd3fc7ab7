"""Proof images (证明材料): checked, and written anew without metadata, before anything else sees them (RE-3).

A file is decoded only by the three decoders named here, and only when its header promises few enough pixels.
"""

import io
import warnings
from dataclasses import dataclass, field
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from chassis.errors import FieldViolation

FORMATS: Final = ("JPEG", "PNG", "WEBP")
QUALITY: Final = 88

MOST_BYTES: Final = 5 * 1024 * 1024
MOST_PIXELS: Final = 40_000_000
LEAST_SIDE: Final = 200
LONGEST_SIDE: Final = 3000
"""Of what is kept: a page at this size can be read to the smallest print."""

START_OF_SCAN: Final = b"\xff\xda"
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
class Picture:
    """An image after checking: upright JPEG without metadata, and its pixels before they were written."""

    content: bytes = field(repr=False)
    pixels: Image.Image = field(repr=False)

    @property
    def width(self) -> int:
        """In pixels."""
        return self.pixels.width

    @property
    def height(self) -> int:
        """In pixels."""
        return self.pixels.height


def reencoded(content: bytes) -> Picture:
    """The image, written anew. Keeps a processor busy: to be called in a `ThreadPool`. Raises UnfitImage."""
    require_bytes(len(content))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
                _require_size(*opened.size, content.count(START_OF_SCAN))
                upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError, Warning) as error:
        zh, en = "请上传 JPEG、PNG 或 WebP 图片。", "The file is not a JPEG, PNG or WebP image."
        raise UnfitImage("NOT_AN_IMAGE", zh, en) from error
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    while len(written := _jpeg(upright)) > MOST_BYTES:
        upright.thumbnail((upright.width * 2 // 3, upright.height * 2 // 3))
    return Picture(written, upright)


def _jpeg(upright: Image.Image) -> bytes:
    """The pixels and nothing else."""
    written = io.BytesIO()
    Image.frombytes("RGB", upright.size, upright.tobytes()).save(written, "JPEG", quality=QUALITY)
    return written.getvalue()


def _require_size(width: int, height: int, scans: int) -> None:
    if width * height > MOST_PIXELS or scans > MOST_SCANS:
        raise UnfitImage(
            "TOO_MANY_PIXELS",
            f"图片像素过多（{width}×{height}）。",
            f"The image has too many pixels ({width}×{height}, at most {MOST_PIXELS:,}).",
        )
    if min(width, height) < LEAST_SIDE:
        raise UnfitImage(
            "TOO_SMALL",
            f"图片过小（{width}×{height}），短边至少 {LEAST_SIDE} 像素。",
            f"The image is too small ({width}×{height}); its shorter side needs {LEAST_SIDE} pixels.",
        )
