"""Looks at uploaded photos with Pillow: reads the header first, decodes only what is small enough, re-encodes without
metadata, and has the result measured (ID-6).
"""

import io
from typing import Final

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from chassis.process.thread_pool import ThreadPool
from services.identity.adapters.portrait_measurement import measure_portrait
from services.identity.domain.photo_rules import CONTENT_TYPES, PhotoInspection, PhotoRules

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
    """Inspects in a bounded pool of threads."""

    def __init__(self, threads: ThreadPool, rules: PhotoRules) -> None:
        self._threads = threads
        self._rules = rules

    async def inspect(self, upload: bytes) -> PhotoInspection:
        """What the upload is; what is too large is not looked at. Raises Overloaded when too many wait."""
        if len(upload) > self._rules.max_upload_bytes:
            return PhotoInspection(len(upload))
        return await self._threads.do(_inspect, upload, self._rules)


def _inspect(upload: bytes, rules: PhotoRules) -> PhotoInspection:
    try:
        # Only these decoders are tried: a format nobody may upload is never parsed further than its first bytes.
        image = Image.open(io.BytesIO(upload), formats=(*CONTENT_TYPES, "PNG", "WEBP"))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return PhotoInspection(len(upload))
    with image:
        form = SAME_AS.get(image.format or "", image.format or "")
        # A few bytes can ask for thousands of passes over millions of pixels.
        found = PhotoInspection(len(upload), form, *image.size, scans=upload.count(START_OF_SCAN))
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
    measurements = measure_portrait(np.asarray(upright), rules)
    return PhotoInspection(found.upload_bytes, form, width, height, found.scans, jpeg, measurements)


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
