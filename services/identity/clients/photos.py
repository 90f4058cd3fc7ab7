"""Looks at uploaded photos with Pillow: reads the header first, decodes only what is small enough, and re-encodes
(ID-6).
"""

import io
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from chassis.workshop import Workshop
from services.identity.domain.photos import CONTENT_TYPES, Inspection, PhotoRules

WIDEST: Final = 960
HIGHEST: Final = 1280
"""A larger portrait is scaled down into this frame."""

QUALITIES: Final = (95, 90, 85, 80, 70, 60)
"""Tried in this order until the photo is small enough."""


class PillowPhotoChecker:
    """The port `PhotoChecker`."""

    def __init__(self, workshop: Workshop, rules: PhotoRules) -> None:
        self._workshop = workshop
        self._rules = rules

    async def inspect(self, upload: bytes) -> Inspection:
        """As the port says."""
        if len(upload) > self._rules.max_upload_bytes:
            return Inspection(len(upload))
        return await self._workshop.do(_inspect, upload, self._rules)


def _inspect(upload: bytes, rules: PhotoRules) -> Inspection:
    try:
        # Only these decoders are tried: a format nobody may upload is never parsed further than its first bytes.
        image = Image.open(io.BytesIO(upload), formats=(*CONTENT_TYPES, "PNG", "WEBP"))
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return Inspection(len(upload))
    with image:
        form, (width, height) = image.format or "", image.size
        if form not in CONTENT_TYPES or width * height > rules.max_upload_pixels:
            return Inspection(len(upload), form, width, height)
        try:
            upright = ImageOps.exif_transpose(image).convert("RGB")
        except (OSError, ValueError, SyntaxError):
            return Inspection(len(upload), form, width, height)
    return Inspection(len(upload), form, *upright.size, _normalised(upright, rules))


def _normalised(upright: Image.Image, rules: PhotoRules) -> bytes:
    """The photo without metadata, within the frame, in the best quality that keeps the limit."""
    upright.thumbnail((WIDEST, HIGHEST), Image.Resampling.LANCZOS)
    bare = Image.frombytes("RGB", upright.size, upright.tobytes())
    jpeg = b""
    for quality in QUALITIES:
        encoded = io.BytesIO()
        bare.save(encoded, "JPEG", quality=quality, optimize=True)
        jpeg = encoded.getvalue()
        if len(jpeg) <= rules.max_bytes:
            break
    return jpeg
