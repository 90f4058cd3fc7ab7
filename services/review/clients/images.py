"""Checks and re-encodes what candidates upload, with Pillow, in a bounded pool of threads (RE-3)."""

import io
import warnings
from typing import Final

from PIL import Image as Pillow
from PIL import ImageOps, UnidentifiedImageError

from chassis.errors import FieldViolation
from chassis.workshop import Workshop
from services.review.clients.likeness import print_of
from services.review.domain.materials import Image
from services.review.errors import MaterialRefused

MOST_BYTES: Final = 5 * 1024 * 1024
MOST_PIXELS: Final = 40_000_000
LEAST_SIDE: Final = 200
LONGEST_SIDE: Final = 3000
"""A page photographed at this size can be read to the smallest print; nothing larger is kept."""
FORMATS: Final = ("JPEG", "PNG", "WEBP")
QUALITY: Final = 88


class PillowImages:
    """The port `Images`."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop

    async def checked(self, content: bytes) -> Image:
        """As the port says."""
        if len(content) > MOST_BYTES:
            raise _refused("TOO_LARGE", "图片不得超过 5 MB。", "The image is larger than 5 MB.")
        return await self._workshop.do(_reencoded, content)


def _reencoded(content: bytes) -> Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Pillow.DecompressionBombWarning)
            with Pillow.open(io.BytesIO(content), formats=FORMATS) as opened:
                _require_size(*opened.size)
                upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Pillow.DecompressionBombError, Warning) as error:
        raise _refused(
            "NOT_AN_IMAGE", "请上传 JPEG、PNG 或 WebP 图片。", "The file is not a JPEG, PNG or WebP image."
        ) from error
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    written = io.BytesIO()
    upright.save(written, "JPEG", quality=QUALITY)
    return Image(written.getvalue(), *upright.size, print_of(upright))


def _require_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise _refused(
            "TOO_MANY_PIXELS",
            f"图片像素过多（{width}×{height}）。",
            f"The image has too many pixels ({width}×{height}, at most {MOST_PIXELS:,}).",
        )
    if min(width, height) < LEAST_SIDE:
        raise _refused(
            "TOO_SMALL",
            f"图片过小（{width}×{height}），短边至少 {LEAST_SIDE} 像素。",
            f"The image is too small ({width}×{height}); its shorter side needs {LEAST_SIDE} pixels.",
        )


def _refused(reason: str, zh: str, en: str) -> MaterialRefused:
    return MaterialRefused(fields=[FieldViolation("image", reason, zh, en)])
