"""Colours as eyes tell them apart: how far two of them are from each other (ID-6)."""

import re
from math import dist
from typing import Final

Colour = tuple[int, int, int]
"""Red, green and blue, each 0 to 255 (sRGB)."""

_DAYLIGHT: Final = (0.95047, 1.0, 1.08883)
"""The white of sRGB (D65), by which the three parts are measured."""

_WRITTEN: Final = re.compile("#[0-9A-Fa-f]{6}")

_XYZ: Final = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))


def distance(one: Colour, other: Colour) -> int:
    """The distance in CIELAB (CIE 1976): about 2 is the least one sees; black and white are 100 apart."""
    return round(dist(_lab(one), _lab(other)))


def colour_of(text: str) -> Colour:
    """The colour that `#RRGGBB` writes. Raises ValueError for any other text."""
    if not _WRITTEN.fullmatch(text):
        raise ValueError(f"{text!r} is not written as #RRGGBB")
    red, green, blue = bytes.fromhex(text[1:])
    return red, green, blue


def written(colour: Colour) -> str:
    """The colour as `#RRGGBB`."""
    return f"#{bytes(colour).hex().upper()}"


def _lab(colour: Colour) -> tuple[float, float, float]:
    light = [_linear(part / 255) for part in colour]
    x, y, z = (
        _response(sum(weight * part for weight, part in zip(row, light, strict=True)) / white)
        for row, white in zip(_XYZ, _DAYLIGHT, strict=True)
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _response(part: float) -> float:
    return float(part ** (1 / 3)) if part > 216 / 24389 else (24389 / 27 * part + 16) / 116
