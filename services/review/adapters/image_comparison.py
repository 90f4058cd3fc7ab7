"""Recognises images with OpenCV (RE-8): a coarse pattern to find suspects by, and a small grey picture to compare them.

Our own few lines, since the common libraries for perceptual hashes stop at the pattern. That alone cannot tell two
people's cards of one layout apart: invented cards, scanned flat, differ in 0 to 20 of its 63 bits.
"""

import io
from collections.abc import Iterable, Sequence
from typing import Final

import cv2
import numpy as np
from PIL import Image as Pillow

from chassis.process.thread_pool import ThreadPool
from services.review.domain.duplicate_images import SAME_FROM, Fingerprint, Suspect, near

Grey = np.ndarray

SKETCH_SIDE: Final = 64
DECODED_SIDE: Final = 4 * SKETCH_SIDE
"""A large JPEG is decoded at a fraction of its size, not smaller than this."""
OUTLINE_SIDE: Final = 32
FREQUENCIES: Final = 8
LEAST_CONTRAST: Final = 4.0
"""A blank page has no pattern to be recognised by."""

BROAD_SIGMA: Final = 3.0
"""Broad light and dark, which two people's cards of one layout share, is taken away before comparing."""

SCALES: Final = (1.0, 0.96, 0.92, 0.88, 0.84, 0.8)
REFINEMENTS: Final = ((0.03, 2, 0.5), (0.015, 1, 0.8), (0.008, 1, 0.8))
"""How a fit is improved: steps of scale, how many to each side, and from which correlation it is worth the time."""


class OpenCvImageComparer:
    """Compares images in a bounded pool of threads."""

    def __init__(self, threads: ThreadPool) -> None:
        self._threads = threads

    def orientations(self, fingerprint: Fingerprint) -> Sequence[Fingerprint]:
        """The fingerprint turned and mirrored, as it is first; cheap enough for the event loop."""
        return orientations(fingerprint)

    async def same(self, orientations: Sequence[Fingerprint], suspects: Sequence[Suspect]) -> frozenset[str]:
        """The suspects that show the same image. Raises Overloaded when too many images wait for a thread."""
        if not suspects:
            return frozenset()
        return await self._threads.do(_same, orientations, suspects)


def fingerprint_of(jpeg: bytes) -> Fingerprint | None:
    """What an image is recognised by; None for one without a pattern."""
    with Pillow.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
        image.draft("L", (DECODED_SIDE, DECODED_SIDE))
        grey = image.convert("L")
    sketch = _small(grey, SKETCH_SIDE)
    if sketch.std() < LEAST_CONTRAST:
        return None
    return Fingerprint(_outline(_small(grey, OUTLINE_SIDE)), sketch.tobytes())


def orientations(fingerprint: Fingerprint) -> tuple[Fingerprint, ...]:
    """What an image is recognised by in each way it can lie: the sketch is turned, not the image, so this is cheap."""
    sketch = _grey(fingerprint.sketch)
    turned = [np.ascontiguousarray(np.rot90(side, turns)) for side in (sketch, sketch[:, ::-1]) for turns in range(4)]
    others = (Fingerprint(_outline(_halved(one)), one.tobytes()) for one in turned[1:])
    return fingerprint, *others


def sharpened(sketch: bytes) -> Grey:
    """A sketch as it is compared."""
    grey = _grey(sketch).astype(np.float32)
    return grey - cv2.GaussianBlur(grey, (0, 0), BROAD_SIGMA)


def correlation(one: Grey, other: Grey) -> float:
    """How well one sketch fits into the other, whichever is the crop: 1 for the same image."""
    return max(_fit(one, other), _fit(other, one))


def shows(orientations: Sequence[Fingerprint], suspect: Suspect) -> bool:
    """Whether a suspect shows the same image, in one of the ways in which their outlines lie near each other."""
    theirs = sharpened(suspect.sketch)
    return any(
        correlation(sharpened(way.sketch), theirs) >= SAME_FROM
        for way in orientations
        if near(way.outline, suspect.outline)
    )


def _same(orientations: Sequence[Fingerprint], suspects: Sequence[Suspect]) -> frozenset[str]:
    return frozenset(one.material_id for one in suspects if shows(orientations, one))


def _outline(grey: Grey) -> int:
    frequencies = cv2.dct(grey.astype(np.float32))[:FREQUENCIES, :FREQUENCIES].flatten()[1:]
    bits = frequencies > np.median(frequencies)
    return int("".join("1" if bit else "0" for bit in bits), 2)


def _grey(sketch: bytes) -> Grey:
    return np.frombuffer(sketch, np.uint8).reshape(SKETCH_SIDE, SKETCH_SIDE)


def _halved(grey: Grey) -> Grey:
    return cv2.resize(grey, (OUTLINE_SIDE, OUTLINE_SIDE), interpolation=cv2.INTER_AREA)


def _fit(whole: Grey, part: Grey) -> float:
    """The best correlation over scales and places: alike in both directions first, then ever finer around the best."""
    fit, scale = _best(whole, part, [(scale, scale) for scale in SCALES])
    for step, reach, worth_it in REFINEMENTS:
        if fit < worth_it:
            break
        moves = [step * number for number in range(-reach, reach + 1)]
        around = [(min(1.0, scale[0] + x), min(1.0, scale[1] + y)) for x in moves for y in moves]
        fit, scale = max((fit, scale), _best(whole, part, around))
    return fit


def _best(whole: Grey, part: Grey, scales: Iterable[tuple[float, float]]) -> tuple[float, tuple[float, float]]:
    return max((_correlation(whole, part, scale), scale) for scale in scales)


def _correlation(whole: Grey, part: Grey, scale: tuple[float, float]) -> float:
    size = round(SKETCH_SIDE * scale[0]), round(SKETCH_SIDE * scale[1])
    smaller = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    return float(cv2.matchTemplate(whole, smaller, cv2.TM_CCOEFF_NORMED).max())


def _small(grey: Pillow.Image, side: int) -> Grey:
    return np.asarray(grey.resize((side, side), Pillow.Resampling.LANCZOS, reducing_gap=3.0))
