"""Images decoded in bounded memory: scaled while they are decoded, by libvips, within a budget of bytes (GW-6, F-29).

A file is decoded only by the decoders for the formats that the caller names, and only when its header promises few
enough pixels. Headers are read by Pillow, which decodes nothing for that.
"""

import io
import os
import warnings
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

os.environ.setdefault("VIPS_CONCURRENCY", "1")  # The pool's threads are as many as there are processors already.

import pyvips

START_OF_SCAN: Final = b"\xff\xda"
MULTIPLE_PICTURES: Final = "MPO"
"""What phones write: a JPEG with a second picture behind it, which is left out."""

ORIENTATION: Final = 0x0112
LYING: Final = (5, 6, 7, 8)
"""Orientations of a photo whose width is stored as its height."""

KEPT: Final = 8
KEPT_TRANSPARENT: Final = 24
"""Bytes that each pixel of the result takes at most, in all copies that are made of it, as measured."""

COEFFICIENT: Final = 2
"""Bytes for each colour of each pixel of a JPEG in several scans: all are held until the last scan was read."""
INTERLACED_PNG: Final = 8
WEBP: Final = 6
"""Bytes for each pixel of the file, which the decoder holds whole."""

pyvips.cache_set_max(0)
pyvips.operation_block_set("VipsForeignLoad", True)
for _decoder in ("VipsForeignLoadJpeg", "VipsForeignLoadPng", "VipsForeignLoadWebp"):
    pyvips.operation_block_set(_decoder, False)


ISO_BRANDS: Final = {
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"), "HEIC"),
    **dict.fromkeys((b"avif", b"avis"), "AVIF"),
}
"""What phones keep photos in, by the brand that such a file begins with (ISO 14496-12). It is named, not decoded."""


class NotDecodable(Exception):
    """A file that is damaged, or of a format that is not taken."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of its image.

    `bands` are its colours and its transparency; `scans` are the passes of a JPEG; `interlaced` is a PNG sent in
    several passes; `lying` is a photo whose width is stored as its height; `has_profile` is one whose colours a
    profile explains.
    """

    format: str
    width: int
    height: int
    bands: int
    scans: int
    interlaced: bool
    lying: bool
    has_profile: bool

    def memory_needed(self, width: int, height: int) -> int:
        """Bytes that decoding into a frame of `width` by `height` pixels takes at most."""
        pixels = self.width * self.height
        return min(pixels, width * height) * self._kept() + pixels * self._held_whole()

    def most_pixels(self, memory: int) -> int:
        """So many pixels of an image in this form can be decoded in `memory` bytes, whatever the frame."""
        return memory // (self._kept() + self._held_whole())

    def _kept(self) -> int:
        return KEPT_TRANSPARENT if self.bands in (2, 4) else KEPT

    def _held_whole(self) -> int:
        """Bytes for each pixel of the file that its form has the decoder hold until the last is read."""
        match self.format:
            case "JPEG":
                return COEFFICIENT * self.bands if self.scans > 1 else 0
            case "PNG":
                return INTERLACED_PNG if self.interlaced else 0
            case _:
                return WEBP


def read_header(content: bytes, formats: tuple[str, ...]) -> Header:
    """What the file says of its image. Raises NotDecodable for one of no format in `formats` (JPEG, PNG, WEBP)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=formats) as image:
                return Header(
                    "JPEG" if image.format == MULTIPLE_PICTURES else str(image.format),
                    *image.size,
                    bands=4 if "transparency" in image.info else len(image.getbands()),
                    scans=content.count(START_OF_SCAN) if image.format in ("JPEG", MULTIPLE_PICTURES) else 0,
                    interlaced=bool(image.info.get("interlace", 0)),
                    lying=image.getexif().get(ORIENTATION) in LYING,
                    has_profile="icc_profile" in image.info,
                )
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise NotDecodable() from error


def phone_format(content: bytes) -> str:
    """HEIC or AVIF for a file that says so of itself, which is not decoded; empty for anything else (F-27)."""
    return ISO_BRANDS.get(content[8:12], "") if content[4:8] == b"ftyp" else ""


def pixels_within(content: bytes, header: Header, width: int, height: int) -> NDArray[np.uint8]:
    """The image as rows of RGB, upright, in sRGB on white, scaled down into a frame of `width` by `height` pixels.

    Raises NotDecodable for a damaged file.
    """
    # Asked for without a profile in the file, the conversion would cost ten times the rest and change nothing.
    conversion = {"output_profile": "srgb"} if header.has_profile else {}
    try:
        return np.asarray(_decoded(content, width, height, **conversion).numpy())
    except pyvips.Error as error:
        raise NotDecodable() from error


def jpeg_within(content: bytes, side: int, quality: int) -> tuple[bytes, int, int]:
    """The image as a JPEG without metadata, upright, on white, no side longer than `side`; its width and height.

    Colours of a wide gamut stay as they are numbered: on documents they are read, not measured.
    Raises NotDecodable for a damaged file.
    """
    try:
        image = _decoded(content, side, side)
        return image.jpegsave_buffer(Q=quality, keep="none"), image.width, image.height
    except pyvips.Error as error:
        raise NotDecodable() from error


def _decoded(content: bytes, width: int, height: int, **conversion: str) -> pyvips.Image:
    """What is decoded while its pixels are asked for, which can be done once."""
    # The argument `fail_on` does not reach the decoder, its option does.
    options = {"size": "down", "option_string": "fail-on=error", **conversion}
    image = pyvips.Image.thumbnail_buffer(content, width, height=height, **options).colourspace("srgb")
    return image.flatten(background=255) if image.hasalpha() else image
