"""RE-8: what two images are recognised by. The cards are invented and of one layout, as documents of one kind are."""

import io
import itertools
import random
from collections.abc import Callable

import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps

from sandbox.portraits import portrait
from services.review.adapters.image_comparison import fingerprint_of, orientations, shows
from services.review.domain.duplicate_images import ORIENTATIONS, Duplicate, Fingerprint, Suspect

SIZE = (1000, 630)
LABELS = ("Name", "Sex", "Born", "Lives")
LETTERS = "ABCDEFGHKLMNPRSTUWXY"


def card(seed: int) -> Image.Image:
    """A flat scan of somebody's card: everybody's layout, colours and rosette, an own portrait and own words."""
    chance, image = random.Random(seed), Image.new("RGB", SIZE, (225, 235, 240))
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(42)
    for height in range(0, SIZE[1], 22):
        draw.arc((100, height - 200, 900, height + 200), 0, 180, fill=(200, 220, 225), width=3)
    for row, label in enumerate(LABELS):
        words = "".join(chance.choices(LETTERS, k=chance.randint(4, 16)))
        draw.text((60, 50 + row * 90), label, font=font, fill=(60, 90, 140))
        draw.text((210, 50 + row * 90), words, font=font, fill=(20, 20, 20))
    draw.text(
        (60, 540), "".join(chance.choices("0123456789", k=18)), font=ImageFont.load_default(52), fill=(10, 10, 10)
    )
    with Image.open(io.BytesIO(portrait(seed))) as face:
        image.paste(face.convert("RGB").resize((260, 340)), (690, 90))
    return image


def cropped(left: float, top: float, right: float, bottom: float) -> Callable[[Image.Image], Image.Image]:
    width, height = SIZE
    box = (round(width * left), round(height * top), round(width * (1 - right)), round(height * (1 - bottom)))
    return lambda image: image.crop(box)


def saved_again(image: Image.Image) -> Image.Image:
    written = io.BytesIO()
    image.resize((SIZE[0] // 2, SIZE[1] // 2)).save(written, "JPEG", quality=40)
    return Image.open(written)


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "saved again at half the size": saved_again,
    "brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.2),
    "cropped on every side": cropped(0.03, 0.04, 0.03, 0.02),
    "cropped on one side": cropped(0.05, 0, 0, 0),
    "cropped by a twentieth": cropped(0.05, 0.05, 0.05, 0.05),
}
SEEDS = range(1000, 1012)


def jpeg_of(image: Image.Image) -> bytes:
    """The image as it is kept."""
    written = io.BytesIO()
    image.save(written, "JPEG", quality=88)
    return written.getvalue()


def fingerprint(image: Image.Image) -> Fingerprint:
    found = fingerprint_of(jpeg_of(image))
    assert found is not None
    return found


def counts_as_the_same(one: Fingerprint, other: Fingerprint) -> bool:
    return shows(orientations(one), Suspect("material", other.outline, other.sketch))


def turned(turns: int, *, mirrored: bool = False) -> Callable[[Image.Image], Image.Image]:
    def change(image: Image.Image) -> Image.Image:
        flat = ImageOps.mirror(image) if mirrored else image
        return flat.rotate(90 * turns, expand=True)

    return change


TURNS = [(turns, mirrored) for mirrored in (False, True) for turns in range(4)]


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_copy_counts_as_the_same(change: Callable[[Image.Image], Image.Image]) -> None:  # RE-8
    cards = [card(seed) for seed in SEEDS]
    assert all(counts_as_the_same(fingerprint(one), fingerprint(change(one))) for one in cards)


@pytest.mark.parametrize(("turns", "mirrored"), TURNS)
def test_a_turned_or_mirrored_copy_counts_as_the_same(turns: int, mirrored: bool) -> None:  # RE-8
    turn = turned(turns, mirrored=mirrored)
    for one in [card(seed) for seed in SEEDS[:6]]:
        assert counts_as_the_same(fingerprint(one), fingerprint(turn(one)))
        assert counts_as_the_same(fingerprint(turn(saved_again(one).convert("RGB"))), fingerprint(one))
        assert counts_as_the_same(fingerprint(turn(CHANGES["cropped on every side"](one))), fingerprint(one))


def test_the_eight_ways_to_lie_are_eight() -> None:  # RE-8
    ways = orientations(fingerprint(card(1000)))
    assert len({way.sketch for way in ways}) == len(ways) == ORIENTATIONS


def test_two_peoples_cards_of_one_layout_are_two_images() -> None:  # RE-8: in whichever way they lie
    fingerprints = [fingerprint(card(seed)) for seed in SEEDS]
    assert not any(counts_as_the_same(one, other) for one, other in itertools.combinations(fingerprints, 2))


def test_portraits_drawn_alike_are_seldom_taken_for_one_image() -> None:  # RE-8
    fingerprints = [fingerprint(Image.open(io.BytesIO(portrait(seed)))) for seed in range(1000, 1024)]
    taken = sum(counts_as_the_same(one, other) for one, other in itertools.combinations(fingerprints, 2))
    assert taken <= len(fingerprints) * (len(fingerprints) - 1) / 2 / 50


def test_a_blank_page_is_recognised_by_nothing() -> None:  # RE-8
    assert fingerprint_of(jpeg_of(Image.new("RGB", SIZE, "white"))) is None


def test_the_other_case_is_named_to_those_who_may_see_it() -> None:  # RE-8, RE-2
    known = Duplicate("material", "case", "10269", exact=True)
    assert (known.case_shown_to("10269"), known.case_shown_to("10246")) == ("case", "")
