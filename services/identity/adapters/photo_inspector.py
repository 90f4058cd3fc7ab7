"""Looks at uploaded photos: reads the header first, decodes only what is small enough, re-encodes without metadata, and
has the result measured (ID-6).
"""

import io
from dataclasses import replace
from typing import Final

from PIL import Image

from chassis.media.image_decoding import NotDecodable, phone_format, pixels_within, read_header
from chassis.process.memory_budget import BeyondBudget, MemoryBudget
from chassis.process.thread_pool import ThreadPool
from services.identity.adapters.portrait_measurement import measure_portrait
from services.identity.domain.photos.photo_rules import CONTENT_TYPES, PhotoInspection, PhotoRules

WIDEST: Final = 960
HIGHEST: Final = 1280
"""A larger portrait is scaled down into this frame."""

QUALITIES: Final = (95, 90, 85, 80, 70, 60)
"""Tried in this order until the photo is small enough."""


class VipsPhotoChecker:
    """Inspects in a bounded pool of threads."""

    def __init__(self, threads: ThreadPool, memory: MemoryBudget, rules: PhotoRules) -> None:
        self._threads = threads
        self._memory = memory
        self._rules = rules

    async def inspect(self, upload: bytes) -> PhotoInspection:
        """What the upload is; what is too large is not looked at. Raises Overloaded when too many wait."""
        if len(upload) > self._rules.max_upload_bytes:
            return PhotoInspection(len(upload))
        return await self._threads.do(_inspect, upload, self._rules, self._memory)


def _inspect(upload: bytes, rules: PhotoRules, memory: MemoryBudget) -> PhotoInspection:
    try:
        # Only these decoders are tried: a format nobody may upload is never parsed further than its first bytes.
        header = read_header(upload, (*CONTENT_TYPES, "PNG", "WEBP"))
    except NotDecodable:
        return PhotoInspection(len(upload), phone_format(upload))
    found = PhotoInspection(len(upload), header.format, header.width, header.height, header.scans)
    too_much = found.width * found.height > rules.max_upload_pixels or found.scans > rules.max_scans
    if header.format not in CONTENT_TYPES or too_much:
        return found
    try:
        with memory.lend(header.memory_needed(WIDEST, HIGHEST)):
            pixels = pixels_within(upload, header, WIDEST, HIGHEST)
    except NotDecodable:
        return found
    except BeyondBudget:
        return replace(found, most_pixels=header.most_pixels(memory.total))
    # What is stored is measured, not what was sent: a wide picture is scaled into the frame and becomes low (F-27).
    height, width = pixels.shape[:2]
    jpeg = _normalised(Image.fromarray(pixels), rules)
    return replace(found, width=width, height=height, jpeg=jpeg, measurements=measure_portrait(pixels, rules))


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
