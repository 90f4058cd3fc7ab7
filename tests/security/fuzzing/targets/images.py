"""What candidates and strangers upload as images (RE-3, ID-6, F-27)."""

import io
from typing import Final

from PIL import Image

from chassis.media.image_sanitizing import LONGEST_SIDE, UnfitImage, sanitize
from chassis.process.memory_budget import MemoryBudget
from services.identity.adapters.photo_inspector import _inspect
from services.identity.domain.photos.photo_rules import PhotoRules

INSTRUMENTED: Final = ("chassis.media", "services.identity.adapters.photo_inspector", "PIL")

MEMORY: Final = MemoryBudget(64 * 1024 * 1024)
RULES: Final = PhotoRules()


def _file(form: str, mode: str = "RGB", **options: object) -> bytes:
    written = io.BytesIO()
    Image.radial_gradient("L").resize((208, 216)).convert(mode).save(written, form, **options)
    return written.getvalue()


SEEDS: Final = (
    _file("JPEG", quality=20),
    _file("JPEG", "L", quality=20, progressive=True),
    _file("JPEG", "CMYK", quality=10),
    _file("PNG", "1"),
    _file("PNG", "P"),
    _file("PNG", "LA"),
    _file("WEBP", quality=1),
    _file("WEBP", "RGBA", lossless=True),
    _file("GIF"),
)


def run(data: bytes) -> None:
    """What is not refused is a JPEG that can be looked at."""
    _inspect(data, RULES, MEMORY)
    try:
        image = sanitize(data, MEMORY)
    except UnfitImage:
        return
    with Image.open(io.BytesIO(image.content), formats=("JPEG",)) as kept:
        kept.load()
        assert kept.size == (image.width, image.height)
        assert max(kept.size) <= LONGEST_SIDE
