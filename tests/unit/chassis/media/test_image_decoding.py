"""Images are decoded upright, on white, in sRGB, and never as a format that nobody may upload (RE-3, ID-6, F-27)."""

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from chassis.media.image_decoding import NotDecodable, jpeg_within, phone_format, pixels_within, read_header
from chassis.media.image_sanitizing import UnfitImage, sanitize
from chassis.process.memory_budget import MemoryBudget

FORMATS = ("JPEG", "PNG", "WEBP")
EXIF_ORIENTATION = 0x0112


def file_of(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    written = io.BytesIO()
    image.save(written, form, **options)
    return written.getvalue()


def halves(mode: str = "RGB") -> Image.Image:
    """Black above, white below; 400 wide, 300 high."""
    image = Image.new("L", (400, 300), 0)
    image.paste(255, (0, 150, 400, 300))
    return image.convert(mode)


def decoded(content: bytes, width: int = 200, height: int = 200) -> np.ndarray:
    return pixels_within(content, read_header(content, FORMATS), width, height)


@pytest.mark.parametrize(("form", "mode"), [
    ("PNG", "1"), ("PNG", "L"), ("PNG", "LA"), ("PNG", "P"), ("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "I;16"),
    ("JPEG", "L"), ("JPEG", "RGB"), ("JPEG", "CMYK"), ("WEBP", "RGB"), ("WEBP", "RGBA"),
])  # fmt: skip
def test_every_kind_of_pixel_becomes_rgb(form: str, mode: str) -> None:
    image = Image.fromarray(np.asarray(halves("L")).astype(np.uint16) * 257) if mode == "I;16" else halves(mode)
    pixels = decoded(file_of(image, form))
    assert pixels.shape == (150, 200, 3)
    assert pixels[20].max() < (50 if mode == "CMYK" else 20)
    assert pixels[-20].min() > 235


def test_what_is_transparent_lies_on_white() -> None:  # F-27
    assert decoded(file_of(Image.new("RGBA", (300, 300), (0, 0, 0, 0)))).min() == 255


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_photo_is_turned_as_it_says(orientation: int) -> None:  # F-27
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    content = file_of(halves(), "JPEG", exif=exif)
    pixels = decoded(content)
    assert read_header(content, FORMATS).lying is (orientation != 3)
    black = {3: pixels[-20:], 6: pixels[:, -20:], 8: pixels[:, :20]}[orientation]
    assert black.max() < 20


def test_colours_are_those_of_the_profile() -> None:  # F-27
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exchanged = srgb.replace(b"rXYZ", b"    ").replace(b"bXYZ", b"rXYZ").replace(b"    ", b"bXYZ", 1)
    red = Image.new("RGB", (300, 300), (255, 0, 0))
    assert decoded(file_of(red, "JPEG", icc_profile=srgb))[50, 50].argmax() == 0
    assert decoded(file_of(red, "JPEG", icc_profile=exchanged))[50, 50].argmax() == 2


def test_a_broken_profile_is_no_reason_to_refuse() -> None:  # F-27
    assert decoded(file_of(halves(), "JPEG", icc_profile=b"no profile at all"))[20].max() < 20


def test_what_phones_write_is_named_and_not_decoded() -> None:  # F-27, RE-3
    heic = b"\0\0\0\x18ftypheic" + bytes(64)
    assert (phone_format(heic), phone_format(b"\0\0\0\x18ftypavif"), phone_format(b"GIF89a")) == ("HEIC", "AVIF", "")
    with pytest.raises(UnfitImage) as refused:
        sanitize(heic, MemoryBudget(1))
    assert "HEIC" in refused.value.violation.en


@pytest.mark.parametrize("form", ["GIF", "TIFF", "BMP", "PPM"])
def test_another_format_is_not_decoded(form: str) -> None:  # RE-3
    content = file_of(halves(), form)
    with pytest.raises(NotDecodable):
        read_header(content, FORMATS)
    with pytest.raises(NotDecodable):
        jpeg_within(content, 200, 88)


@pytest.mark.parametrize("form", FORMATS)
def test_a_cut_file_is_refused(form: str) -> None:  # RE-3
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (500, 500, 3), np.uint8))
    content = file_of(noise, form)
    with pytest.raises(NotDecodable):
        jpeg_within(content[: len(content) // 2], 200, 88)


def test_what_is_written_has_no_metadata() -> None:  # ID-6, RE-3
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    content, width, height = jpeg_within(file_of(halves(), "JPEG", exif=exif), 100, 88)
    assert (width, height) == (100, 75)
    with Image.open(io.BytesIO(content)) as written:
        assert not written.getexif()
        assert "icc_profile" not in written.info


@pytest.mark.parametrize(("content", "whole"), [
    (file_of(halves(), "JPEG"), False),
    (file_of(halves(), "JPEG", progressive=True), True),
    (file_of(halves(), "PNG"), False),
    (file_of(halves(), "WEBP"), True),
])  # fmt: skip
def test_a_form_that_is_held_whole_needs_memory_for_every_pixel(content: bytes, whole: bool) -> None:  # GW-6
    header = read_header(content, FORMATS)
    assert (header.memory_needed(10, 10) > 400 * 300) is whole
    most = header.most_pixels(1_000_000)
    assert header.memory_needed(400, 300) <= 400 * 300 * 1_000_000 / most
