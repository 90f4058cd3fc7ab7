"""What a portrait must be (ID-6)."""

from dataclasses import replace

import pytest

from services.identity.domain.photos.photo_rules import Face, PhotoInspection, PhotoMeasurements, PhotoRules, accepted
from services.identity.errors import PortraitRefused

RULES = PhotoRules()
GOOD = b"x" * RULES.min_bytes
FACE = Face(height=430, centre_x=500, centre_y=450)
MEASURED = PhotoMeasurements(background=(255, 255, 255), plain=1000, faces=(FACE,), sharpness=90)


def inspection(**values: object) -> PhotoInspection:
    return PhotoInspection(
        **{
            "upload_bytes": 30_000,
            "format": "JPEG",
            "width": 480,
            "height": 640,
            "jpeg": GOOD,
            "measurements": MEASURED,
            **values,
        }
    )  # type: ignore[arg-type]


def seen(**values: object) -> PhotoInspection:
    return inspection(measurements=replace(MEASURED, **values))  # type: ignore[arg-type]


def refusals(found: PhotoInspection) -> dict[str, str]:
    with pytest.raises(PortraitRefused) as refused:
        accepted(found, RULES)
    return {field.reason: field.zh + field.en for field in refused.value.fields}


def test_a_photo_at_the_limits_is_accepted() -> None:  # ID-6
    assert accepted(inspection(), RULES) == GOOD
    assert accepted(inspection(jpeg=b"x" * RULES.max_bytes), RULES)


@pytest.mark.parametrize(
    ("found", "reason", "measured", "limit"),
    [
        (inspection(width=479), "PHOTO_TOO_NARROW", "479", "480"),
        (inspection(height=639), "PHOTO_TOO_LOW", "639", "640"),
        (inspection(jpeg=b"x" * 19_999), "PHOTO_TOO_FEW_BYTES", "19999", "20000"),
        (inspection(jpeg=b"x" * 200_001), "PHOTO_TOO_MANY_BYTES", "200001", "200000"),
        (inspection(upload_bytes=5_000_001, jpeg=None), "PHOTO_UPLOAD_TOO_LARGE", "5000001", "5000000"),
        (inspection(width=8000, height=8000, jpeg=None), "PHOTO_TOO_MANY_PIXELS", "64000000", "40000000"),
        (inspection(format="PNG", jpeg=None), "PHOTO_FORMAT", "PNG", "JPEG"),
        (inspection(format="HEIC", jpeg=None), "PHOTO_FORMAT", "HEIC", "JPEG"),
        (inspection(format="", jpeg=None), "PHOTO_FORMAT", "无法识别", "JPEG"),
        (inspection(jpeg=None), "PHOTO_DAMAGED", "损坏", "damaged"),
        (inspection(scans=65, jpeg=None), "PHOTO_TOO_MANY_SCANS", "65", "64"),
        (seen(background=(255, 0, 0)), "PHOTO_BACKGROUND_COLOUR", "#FF0000", "18"),
        (seen(plain=899), "PHOTO_BACKGROUND_NOT_PLAIN", "899", "900"),
        (seen(faces=()), "PHOTO_NO_FACE", "0", "1"),
        (seen(faces=(FACE, FACE)), "PHOTO_SEVERAL_FACES", "2", "1"),
        (seen(faces=(replace(FACE, height=249),)), "PHOTO_FACE_TOO_SMALL", "249", "250"),
        (seen(faces=(replace(FACE, height=651),)), "PHOTO_FACE_TOO_LARGE", "651", "650"),
        (seen(faces=(replace(FACE, centre_x=399),)), "PHOTO_FACE_OFF_CENTRE", "101", "100"),
        (seen(faces=(replace(FACE, centre_x=601),)), "PHOTO_FACE_OFF_CENTRE", "101", "100"),
        (seen(faces=(replace(FACE, centre_y=299),)), "PHOTO_FACE_TOO_HIGH", "299", "300"),
        (seen(faces=(replace(FACE, centre_y=601),)), "PHOTO_FACE_TOO_DEEP", "601", "600"),
        (seen(sharpness=39), "PHOTO_BLURRED", "39", "40"),
    ],
)
def test_a_refused_photo_says_which_rule_failed_and_by_how_much(
    found: PhotoInspection, reason: str, measured: str, limit: str
) -> None:  # ID-6
    [(told, text)] = refusals(found).items()
    assert told == reason
    assert measured in text
    assert limit in text


def test_every_failed_rule_is_named_at_once() -> None:  # ID-6
    assert set(refusals(inspection(width=10, height=10, jpeg=b"x"))) == {
        "PHOTO_TOO_NARROW",
        "PHOTO_TOO_LOW",
        "PHOTO_TOO_FEW_BYTES",
    }
