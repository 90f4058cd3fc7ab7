"""Image files such as candidates hand in."""

import io
import random

from PIL import Image, ImageDraw


def photo(colour: str = "lightblue", size: tuple[int, int] = (640, 480), image_format: str = "JPEG") -> bytes:
    """An image file of one colour, with metadata that must not survive where the format has any."""
    written, exif = io.BytesIO(), Image.Exif()
    exif[0x010E] = "taken at home"
    Image.new("RGB", size, colour).save(written, image_format, exif=exif)
    return written.getvalue()


def picture(seed: int, size: tuple[int, int] = (800, 600)) -> bytes:
    """An image with a pattern of its own, as no two photographs are alike."""
    chance = random.Random(seed)
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    for _ in range(40):
        left, top = chance.randrange(size[0]), chance.randrange(size[1])
        box = (left, top, left + chance.randrange(20, 260), top + chance.randrange(20, 260))
        draw.rectangle(box, fill=tuple(chance.randrange(256) for _ in range(3)))
    written = io.BytesIO()
    image.save(written, "JPEG", quality=90)
    return written.getvalue()
