"""Images that ask for as much memory as an upload can: many pixels in few bytes, in every form that is taken."""

import io
from collections.abc import Iterator

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 7400, 5400
"""Just below what is taken at all."""


def large_images() -> Iterator[tuple[str, bytes]]:
    """A name and a file of at most some 2 MB for each form."""
    stripes = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    stripes[::100], stripes[:, ::90] = 200, 90
    image = Image.fromarray(stripes)
    yield "baseline JPEG", _file(image, "JPEG", quality=60)
    yield "progressive JPEG", _file(image, "JPEG", quality=60, progressive=True, subsampling=0)
    yield "PNG", _file(image, "PNG", compress_level=1)
    yield "transparent PNG", _file(image.convert("RGBA"), "PNG", compress_level=1)
    yield "lossless WebP", _file(image.convert("RGBA"), "WEBP", lossless=True, quality=0, method=0)


def _file(image: Image.Image, form: str, **options: object) -> bytes:
    written = io.BytesIO()
    image.save(written, form, **options)
    return written.getvalue()
