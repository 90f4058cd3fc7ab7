"""Looks at uploaded photos with Pillow: reads the header first, decodes only what is small enough, re-encodes without
metadata, and has the result measured (ID-6).
"""

import io
from typing import Final

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from chassis.process.thread_pool import ThreadPool
from services.identity.adapters.looks import look_at
from services.identity.domain.photos import CONTENT_TYPES, Inspection, PhotoRules

WIDEST: Final = 960
HIGHEST: Final = 1280
"""A larger portrait is scaled down into this frame."""

QUALITIES: Final = (95, 90, 85, 80, 70, 60)
"""Tried in this order until the photo is small enough."""

SAME_AS: Final = {"MPO": "JPEG"}
"""What phones write: a JPEG with a second picture behind it, which is left out."""

START_OF_SCAN: Final = b"\xff\xda"
ORIENTATION: Final = 0x0112
LYING: Final = (5, 6, 7, 8)
"""Orientations of a photo whose width is stored as its height."""


class PillowPhotoChecker:
    """The port `PhotoChecker`."""

    def __init__(self, workshop: ThreadPool, rules: PhotoRules) -> None:
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
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return Inspection(len(upload))
    with image:
        form = SAME_AS.get(image.format or "", image.format or "")
        # A few bytes can ask for thousands of passes over millions of pixels.
        found = Inspection(len(upload), form, *image.size, scans=upload.count(START_OF_SCAN))
        too_much = found.width * found.height > rules.max_upload_pixels or found.scans > rules.max_scans
        if form not in CONTENT_TYPES or too_much:
            return found
        try:
            lying = image.getexif().get(ORIENTATION) in LYING
            upright = _decoded(image)
        except (OSError, ValueError, SyntaxError):
            return found
    width, height = (found.height, found.width) if lying else (found.width, found.height)
    jpeg = _normalised(upright, rules)
    look = look_at(np.asarray(upright), rules)
    return Inspection(found.upload_bytes, form, width, height, found.scans, jpeg, look)


def _decoded(image: Image.Image) -> Image.Image:
    """The photo upright and within the frame, without metadata. A large JPEG is decoded at a fraction of its size."""
    image.draft(None, (WIDEST, HIGHEST))
    upright = ImageOps.exif_transpose(image).convert("RGB")
    upright.thumbnail((WIDEST, HIGHEST), Image.Resampling.LANCZOS)
    return Image.frombytes("RGB", upright.size, upright.tobytes())


def _normalised(bare: Image.Image, rules: PhotoRules) -> bytes:
    """The photo in the best quality that keeps the limit."""
    jpeg = b""
    for quality in QUALITIES:
        encoded = io.BytesIO()
        bare.save(encoded, "JPEG", quality=quality, optimize=True)
        jpeg = encoded.getvalue()
        if len(jpeg) <= rules.max_bytes:
            break
    return jpeg
