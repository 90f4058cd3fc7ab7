"""Measures a portrait with OpenCV: background, faces, sharpness (ID-6).

Faces are found by the frontal-face cascade that comes with OpenCV, in a small copy of the photo.
"""

import threading
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from services.identity.domain.photos.photo_rules import Face, PhotoMeasurements, PhotoRules

Pixels = NDArray[np.uint8]

FRAME: Final = (240, 320)
"""Faces are looked for in a copy that fits into this."""

CASCADE: Final = str(Path(cv2.__file__).with_name("data") / "haarcascade_frontalface_default.xml")
STEP: Final = 1.05
FINDINGS: Final = 6
"""So many findings, overlapping and each a `STEP` larger than the one before, make a face."""
FINDINGS_OF_ANOTHER: Final = 12
"""So many make a face beside the clearest one: a collar or a shadow looks like a face now and then, faintly."""

COPY: Final = 120
"""The longer side of the copy in which the background is measured: film grain is averaged away."""
TOP: Final = 0.05
SIDE: Final = 0.08
SIDES_DOWN: Final = 0.35
"""Where background is seen: along the upper edge, and along the sides above the shoulders."""
ONE_COLOUR: Final = 10.0
"""Points of the background nearer than this to its middle colour (in CIELAB) have this colour."""

DETAIL: Final = 200
"""Sharpness is measured in a face of this width, or smaller, whatever the photo's resolution."""

cv2.setNumThreads(1)  # The pool's threads are as many as there are cores already.


class _Detector(threading.local):
    """A cascade for each thread, since one cannot be used by two at once."""

    def __init__(self) -> None:
        self.cascade = cv2.CascadeClassifier(CASCADE)


_detector: Final = _Detector()


def measure_portrait(pixels: Pixels, rules: PhotoRules) -> PhotoMeasurements:
    """What is to be seen in an RGB picture."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    scale = min(1.0, FRAME[0] / grey.shape[1], FRAME[1] / grey.shape[0])
    copy = _scaled(grey, scale)
    smallest = max(24, round(copy.shape[0] * rules.noticed_face_permille / 1000))
    boxes = _boxes(copy, smallest)
    background, plain = _background(pixels)
    return PhotoMeasurements(
        background=background,
        plain=plain,
        faces=tuple(_face(box, copy.shape) for box in boxes),
        sharpness=_sharpness(grey, [[round(part / scale) for part in box] for box in boxes]),
    )


def _boxes(copy: Any, smallest: int) -> list[Any]:
    """The squares around the faces."""
    found, findings = _detector.cascade.detectMultiScale2(copy, STEP, FINDINGS, minSize=(smallest, smallest))
    clearest = max(findings, default=0)
    return [box for box, count in zip(found, findings, strict=True) if count >= min(clearest, FINDINGS_OF_ANOTHER)]


def _scaled(picture: Any, scale: float) -> Any:
    height, width = picture.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def _face(box: Any, shape: tuple[int, ...]) -> Face:
    (left, top, width, height), (whole_height, whole_width) = box, shape
    return Face(
        height=round(1000 * height / whole_height),
        centre_x=round(1000 * (left + width / 2) / whole_width),
        centre_y=round(1000 * (top + height / 2) / whole_height),
    )


def _background(pixels: Pixels) -> tuple[tuple[int, int, int], int]:
    """Its middle colour, and how many thousandths of it have that colour."""
    copy = _scaled(pixels, min(1.0, COPY / max(pixels.shape)))
    points = _edges(copy)
    lab = cv2.cvtColor(points[np.newaxis].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[0]
    away = np.linalg.norm(lab - np.median(lab, axis=0), axis=1)
    red, green, blue = (round(float(part)) for part in np.median(points, axis=0))
    return (red, green, blue), round(1000 * float((away <= ONE_COLOUR).mean()))


def _edges(copy: Any) -> Any:
    height, width = copy.shape[:2]
    top, side, down = (max(1, round(share)) for share in (height * TOP, width * SIDE, height * SIDES_DOWN))
    strips = (copy[:top], copy[:down, :side], copy[:down, -side:])
    return np.concatenate([strip.reshape(-1, 3) for strip in strips])


def _sharpness(grey: Any, boxes: list[list[int]]) -> int:
    """The fine detail of the largest face, or of the whole picture where there is none: the variance of the Laplacian
    in ten-thousandths of the variance, so that contrast and light do not count. What is as fine as film grain is
    smoothed away first, since it is as strong in a blurred photo.
    """
    left, top, width, height = max(boxes, key=lambda box: box[2], default=[0, 0, grey.shape[1], grey.shape[0]])
    face = grey[top : top + height, left : left + width]
    smooth = cv2.GaussianBlur(_scaled(face, min(1.0, DETAIL / face.shape[1])), (0, 0), 1.0)
    contrast = float(smooth.var())
    return round(10_000 * float(cv2.Laplacian(smooth, cv2.CV_64F).var()) / contrast) if contrast >= 1 else 0
