"""Invented people's portraits (ID-6): drawn from a seed, the same bytes for the same seed, nobody's face.

They differ from each other as people do: shape of the head, hair, eyes, glasses, beard, clothes. The ranges below are
those in which OpenCV's frontal-face cascade takes the drawing for exactly one face (30,000 seeds of 30,000).
"""

import io
import random
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

WIDTH: Final = 480
HEIGHT: Final = 640
JPEG_QUALITY: Final = 90
REMEMBERED: Final = 256
GRAIN: Final = 5.0
"""Standard deviation of the film grain, in grey levels: a photo without any looks blurred."""

Colour = tuple[int, int, int]
Pixels = NDArray[np.uint8]

WHITE: Final[Colour] = (250, 250, 250)
LIGHT_BLUE: Final[Colour] = (190, 218, 240)
EYE_WHITE: Final[Colour] = (238, 236, 232)
IRIS: Final[Colour] = (34, 24, 20)
LASHES: Final[Colour] = (30, 22, 20)
LIPS: Final[Colour] = (178, 92, 88)
RIM: Final[Colour] = (60, 60, 66)
SKINS: Final[tuple[Colour, ...]] = ((236, 200, 172), (226, 186, 154), (241, 210, 186), (214, 172, 138), (230, 194, 160))
HAIRS: Final[tuple[Colour, ...]] = ((28, 24, 24), (46, 36, 32), (62, 46, 38), (74, 70, 70), (20, 20, 26))
CLOTHES: Final[tuple[Colour, ...]] = (
    (38, 48, 82),
    (120, 34, 44),
    (40, 84, 66),
    (70, 70, 78),
    (24, 26, 32),
    (168, 120, 60),
    (96, 60, 118),
    (36, 104, 138),
)


@dataclass(frozen=True, slots=True)
class Features:
    """What a person looks like; lengths are pixels of a 480 × 640 picture."""

    background: Colour
    skin: Colour
    hair: Colour
    clothes: Colour
    centre_x: int
    centre_y: int
    face_width: int
    face_height: int
    eye_distance: int
    eye_size: int
    brow_weight: int
    nose_length: int
    mouth_width: int
    fringe: int
    parting: int
    hair_length: int
    collar: int
    glasses: bool
    beard: bool
    light_from: int


@lru_cache(maxsize=REMEMBERED)
def portrait(seed: int) -> bytes:
    """The portrait of person `seed`: a JPEG of 480 × 640, 20 to 200 kB, on white or light blue, seen from the front."""
    features = invent(random.Random(seed))  # noqa: S311  # a drawing, not a secret
    written = io.BytesIO()
    Image.fromarray(draw(features, grain_of=seed)).save(written, "JPEG", quality=JPEG_QUALITY)
    return written.getvalue()


def invent(chance: random.Random) -> Features:
    """Somebody."""
    face_width = chance.randint(176, 226)
    hair_length = chance.choice((0, 0, 0, 80, 120, 170))
    return Features(
        background=chance.choice((WHITE, LIGHT_BLUE)),
        skin=chance.choice(SKINS),
        hair=chance.choice(HAIRS),
        clothes=chance.choice(CLOTHES),
        centre_x=WIDTH // 2 + chance.randint(-10, 10),
        centre_y=chance.randint(268, 296),
        face_width=face_width,
        face_height=round(face_width * chance.uniform(1.2, 1.42)),
        eye_distance=round(face_width * chance.uniform(0.42, 0.5)),
        eye_size=chance.randint(14, 19),
        brow_weight=chance.randint(7, 13),
        nose_length=chance.randint(48, 74),
        mouth_width=round(face_width * chance.uniform(0.3, 0.46)),
        fringe=chance.randint(0, 32),
        parting=chance.randint(-60, 60),
        hair_length=hair_length,
        collar=chance.randint(16, 44),
        glasses=hair_length < 120 and chance.random() < 0.35,
        beard=not hair_length and chance.random() < 0.3,
        light_from=chance.choice((-1, 1)),
    )


def draw(features: Features, grain_of: int) -> Pixels:
    """The picture of somebody: RGB, with the film grain that belongs to `grain_of`."""
    canvas = Image.new("RGB", (WIDTH, HEIGHT), features.background)
    pen = ImageDraw.Draw(canvas)
    _hair_behind(pen, features)
    _shoulders(pen, features)
    _head(pen, features)
    _eyes(pen, features)
    if features.glasses:
        _glasses(pen, features)
    _nose_and_mouth(pen, features)
    _hair_before(pen, features)
    softened = canvas.filter(ImageFilter.BoxBlur(1.6))
    return _grained(np.asarray(softened), grain_of)


@cache
def _grain() -> NDArray[np.int16]:
    return np.random.default_rng(1).normal(0.0, GRAIN, (2 * HEIGHT, 2 * WIDTH, 1)).round().astype(np.int16)


def _grained(pixels: Pixels, grain_of: int) -> Pixels:
    chance = random.Random(grain_of)  # noqa: S311
    top, left = chance.randrange(HEIGHT), chance.randrange(WIDTH)
    grain = _grain()[top : top + HEIGHT, left : left + WIDTH]
    return np.clip(pixels + grain, 0, 255).astype(np.uint8)


def _shade(colour: Colour, by: float) -> Colour:
    red, green, blue = (min(255, max(0, round(part * by))) for part in colour)
    return red, green, blue


def _disc(pen: ImageDraw.ImageDraw, x: float, y: float, half_width: float, half_height: float, fill: Colour) -> None:
    pen.ellipse((x - half_width, y - half_height, x + half_width, y + half_height), fill=fill)


def _hair_behind(pen: ImageDraw.ImageDraw, of: Features) -> None:
    half = of.face_width // 2 + 22
    top = of.centre_y - of.face_height // 2 - 34
    if of.hair_length:
        bottom = of.centre_y + of.face_height // 4 + of.hair_length
        falling = (of.centre_x - half - 6, top + 60, of.centre_x + half + 6, bottom)
        pen.rounded_rectangle(falling, 40, fill=_shade(of.hair, 0.9))
    pen.ellipse((of.centre_x - half, top, of.centre_x + half, of.centre_y + of.face_height // 3), fill=of.hair)


def _shoulders(pen: ImageDraw.ImageDraw, of: Features) -> None:
    chin = of.centre_y + of.face_height // 2
    neck = of.face_width // 4
    left, right, low = (
        (of.centre_x - neck, chin + 20),
        (of.centre_x + neck, chin + 20),
        (of.centre_x, chin + 40 + of.collar),
    )
    pen.rectangle((of.centre_x - neck, chin - 50, of.centre_x + neck, chin + 60), fill=_shade(of.skin, 0.84))
    _disc(pen, of.centre_x, chin + 222, 226, 198, of.clothes)
    pen.polygon((left, right, low), fill=_shade(of.skin, 0.88))
    pen.line((left, low, right), fill=_shade(of.clothes, 1.5), width=9)


def _head(pen: ImageDraw.ImageDraw, of: Features) -> None:
    half, tall = of.face_width // 2, of.face_height // 2
    for side in (-1, 1):
        _disc(pen, of.centre_x + side * half, of.centre_y + 3, 15, 31, _shade(of.skin, 0.86))
    _disc(pen, of.centre_x, of.centre_y, half, tall, _shade(of.skin, 0.9))
    _disc(pen, of.centre_x + of.light_from * 5, of.centre_y - 3, half - 12, tall - 11, of.skin)
    for side in (-1, 1):
        _disc(pen, of.centre_x + side * half // 2, of.centre_y + 36, 26, 22, _shade(of.skin, 1.05))
    if of.beard:
        chin = (of.centre_x - half + 24, of.centre_y + 20, of.centre_x + half - 24, of.centre_y + tall - 2)
        pen.chord(chin, 18, 162, fill=_shade(of.skin, 0.66))


def _eye_level(of: Features) -> int:
    return of.centre_y - of.face_height // 11


def _eyes(pen: ImageDraw.ImageDraw, of: Features) -> None:
    level, size = _eye_level(of), of.eye_size
    for side in (-1, 1):
        x = of.centre_x + side * of.eye_distance // 2
        pen.ellipse((x - 2 * size, level - 2 * size, x + 2 * size, level + size + 6), fill=_shade(of.skin, 0.74))
        _disc(pen, x, level, 1.5 * size, size * 2 // 3, EYE_WHITE)
        _disc(pen, x, level, size * 4 // 5, size * 4 // 5, IRIS)
        lid = (x - 1.7 * size, level - size, x + 1.7 * size, level + size)
        pen.arc(lid, 190, 350, fill=LASHES, width=6)
        brow = level - 2 * size - 2
        arch = (x - 2 * size, brow + 3, x, brow - 3, x + 2 * size, brow + 3)
        pen.line(arch, fill=of.hair, width=of.brow_weight, joint="curve")


def _glasses(pen: ImageDraw.ImageDraw, of: Features) -> None:
    level, size = _eye_level(of), of.eye_size
    for side in (-1, 1):
        x = of.centre_x + side * of.eye_distance // 2
        rim = (x - 2 * size - 4, level - size - 10, x + 2 * size + 4, level + size + 14)
        pen.rounded_rectangle(rim, 10, outline=RIM, width=4)
    pen.line((of.centre_x - 14, level - 4, of.centre_x + 14, level - 4), fill=RIM, width=5)


def _nose_and_mouth(pen: ImageDraw.ImageDraw, of: Features) -> None:
    x, bridge = of.centre_x, _eye_level(of) - 26
    tip = bridge + 26 + of.nose_length
    pen.polygon(((x - 9, bridge), (x + 9, bridge), (x + 16, tip), (x - 16, tip)), fill=_shade(of.skin, 1.07))
    pen.arc((x - 22, tip - 14, x + 22, tip + 10), 20, 160, fill=_shade(of.skin, 0.6), width=6)
    mouth = tip + max(30, (of.centre_y + of.face_height // 2 - tip) * 2 // 5)
    half = of.mouth_width // 2
    pen.ellipse((x - half, mouth - 9, x + half, mouth + 12), fill=LIPS)
    pen.line((x - half, mouth, x + half, mouth), fill=_shade(LIPS, 0.6), width=4)


def _hair_before(pen: ImageDraw.ImageDraw, of: Features) -> None:
    half, tall = of.face_width // 2 + 8, of.face_height // 2
    top = of.centre_y - tall - 20
    line = of.centre_y - tall + 24 + of.fringe // 2
    pen.chord((of.centre_x - half, top, of.centre_x + half, 2 * line - top), 180, 360, fill=of.hair)
    parting, temple = of.centre_x + of.parting, (of.centre_x - half + 10, line + 6)
    pen.polygon(((parting, top + 10), temple, (parting - 6, line + of.fringe // 2)), fill=_shade(of.hair, 1.25))
