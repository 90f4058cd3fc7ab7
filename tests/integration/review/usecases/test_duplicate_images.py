"""The same image in the hands of two people is flagged to the reviewer (RE-8)."""

import asyncio
import io

import asyncpg
import pytest
from PIL import Image, ImageEnhance, ImageOps
from zikao.review.v1 import resources_pb2
from zikao.review.v1 import review_service_pb2 as pb

from services.review.adapters.image_comparison import fingerprint_of
from tests.integration.review.image_files import photo, picture
from tests.integration.review.running_review import SCHOOL, RunningReview

OTHER_SCHOOL = "10246"
CHANGES = ("saved again", "smaller", "brighter", "crop", "turned", "mirrored")


def changed(content: bytes, how: str) -> bytes:
    """The same picture as somebody makes it look new."""
    with Image.open(io.BytesIO(content)) as opened:
        image = opened.convert("RGB")
    width, height = image.size
    match how:
        case "saved again":
            pass
        case "smaller":
            image = image.resize((width // 2, height // 2))
        case "brighter":
            image = ImageEnhance.Brightness(image).enhance(1.2)
        case "crop":
            image = image.crop((round(width * 0.03), round(height * 0.04), round(width * 0.97), round(height * 0.98)))
        case "turned":
            image = image.rotate(90, expand=True)
        case "mirrored":
            image = ImageOps.mirror(image)
    written = io.BytesIO()
    image.save(written, "WEBP" if how == "saved again" else "JPEG", quality=70)
    return written.getvalue()


async def duplicates_seen(
    review: RunningReview, case: resources_pb2.Case, organisation: str = SCHOOL
) -> list[tuple[str, bool]]:
    reviewer = review.reviewer(organisation)
    seen = await reviewer.call("GetCase", pb.GetCaseRequest(case_id=case.case_id))
    return [(one.case_id, one.exact) for material in seen.materials for one in material.duplicates]


async def test_the_same_file_at_another_person_is_flagged_in_both_cases(review: RunningReview) -> None:  # RE-8
    content = picture(1)
    first, second = await review.submitted(content=content), await review.submitted(content=content)
    assert await duplicates_seen(review, first) == [(second.case_id, True)]
    assert await duplicates_seen(review, second) == [(first.case_id, True)]


@pytest.mark.parametrize("how", CHANGES)
async def test_a_changed_copy_at_another_person_is_flagged(review: RunningReview, how: str) -> None:  # RE-8
    content = picture(CHANGES.index(how) + 10)
    first, second = await review.submitted(content=content), await review.submitted(content=changed(content, how))
    assert await duplicates_seen(review, second) == [(first.case_id, False)]
    assert await duplicates_seen(review, first) == [(second.case_id, False)]


async def test_pictures_of_their_own_are_not_flagged(review: RunningReview) -> None:  # RE-8
    cases = [await review.submitted(content=picture(number)) for number in range(2000, 2008)]
    assert [await duplicates_seen(review, case) for case in cases] == [[]] * len(cases)


async def test_portraits_are_compared_as_files_only(review: RunningReview) -> None:  # RE-8, EN-4
    content = picture(4000)
    cases = [await review.opened(kind="DETAILS", required_images=()) for _ in range(3)]
    for case, portrait in zip(cases, (content, content, changed(content, "brighter")), strict=True):
        await review.hand_in(case, portrait, kind="PORTRAIT")
    first, same, alike = cases
    assert await duplicates_seen(review, same) == [(first.case_id, True)]
    assert await duplicates_seen(review, alike) == []


async def test_a_blank_page_resembles_nothing_but_is_known_as_a_file(review: RunningReview) -> None:  # RE-8
    white, ivory = await review.submitted(content=photo("white")), await review.submitted(content=photo("ivory"))
    assert await duplicates_seen(review, white) == await duplicates_seen(review, ivory) == []
    again = await review.submitted(content=photo("white"))
    assert await duplicates_seen(review, again) == [(white.case_id, True)]


async def test_a_reviewer_of_another_school_learns_that_but_not_where(review: RunningReview) -> None:  # RE-8, RE-2
    content = picture(3000)
    here, there = (
        await review.submitted(content=content),
        await review.submitted(organisation=OTHER_SCHOOL, content=content),
    )
    assert await duplicates_seen(review, there, OTHER_SCHOOL) == [("", True)]
    assert await duplicates_seen(review, here) == [("", True)]


async def test_the_candidate_is_not_told(review: RunningReview) -> None:  # RE-8
    content = picture(3001)
    await review.submitted(content=content)
    case = await review.submitted(content=content)
    seen = await review.candidate(case.candidate_id).call("GetCase", pb.GetCaseRequest(case_id=case.case_id))
    assert not seen.materials[0].duplicates


async def test_a_persons_own_image_again_is_no_duplicate(review: RunningReview) -> None:  # RE-8
    content = picture(3002)
    case = await review.submitted(content=content)
    reviewer = review.reviewer()
    await reviewer.decide(await reviewer.claim(case.case_id), "ASKED_AGAIN", "MATERIAL_MISSING")
    await review.hand_in(case, content)
    assert await duplicates_seen(review, case) == []


async def test_of_two_handed_in_at_once_each_is_flagged(review: RunningReview) -> None:  # RE-8
    content = picture(3003)
    cases = await asyncio.gather(*(review.submitted(content=content) for _ in range(4)))
    for case in cases:
        others = {other.case_id for other in cases} - {case.case_id}
        assert {case_id for case_id, _ in await duplicates_seen(review, case)} == others


async def test_what_could_not_be_compared_at_upload_is_compared_when_it_is_read(  # RE-8
    review: RunningReview, owner_url: str
) -> None:
    content = picture(3004)
    first = await review.submitted(content=content)
    second = await review.submitted(content=changed(content, "smaller"))
    owner = await asyncpg.connect(owner_url, server_settings={"search_path": "review"})
    await owner.execute("DELETE FROM duplicates; UPDATE materials SET compare_time = NULL")
    await owner.close()
    assert await duplicates_seen(review, first) == [(second.case_id, False)]
    assert await duplicates_seen(review, second) == [(first.case_id, False)]


async def test_sketches_of_documents_are_stored_encrypted(review: RunningReview, owner_url: str) -> None:  # RE-8, RE-3
    content = picture(3005)
    case = await review.submitted(content=content)
    fingerprint = fingerprint_of(content)
    owner = await asyncpg.connect(owner_url, server_settings={"search_path": "review"})
    stored = await owner.fetchval(
        "SELECT sketch_cipher FROM fingerprints WHERE material_id = $1", case.materials[0].material_id
    )
    await owner.close()
    assert fingerprint is not None
    assert fingerprint.sketch[:64] not in stored
