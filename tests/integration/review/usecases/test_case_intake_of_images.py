"""What may be handed in, where it lies, and who reaches it (RE-3)."""

import asyncio
import io
from collections.abc import Iterator
from pathlib import Path

import httpx
import obstore
import pytest
from moto.server import ThreadedMotoServer
from PIL import Image
from zikao.review.v1 import resources_pb2
from zikao.review.v1 import review_service_pb2 as pb

from chassis.ids import new_id
from chassis.media.blobs import open_store
from chassis.media.orphan_images import remove_orphan_images
from services.review.domain.materials import MOST_PER_SUBMISSION
from tests.integration.review.conftest import StartReview
from tests.integration.review.image_files import photo, picture
from tests.integration.review.running_review import RunningReview
from tests.support.refusals import race, refusal_of


async def test_an_image_is_kept_without_its_metadata(review: RunningReview) -> None:  # RE-3
    case = await review.opened()
    material = await review.hand_in(case, photo(image_format="PNG"))
    request = pb.GetMaterialRequest(case_id=case.case_id, material_id=material.material_id)
    body = await review.candidate(case.candidate_id).call("GetMaterial", request)
    with Image.open(io.BytesIO(body.data)) as kept:
        assert (kept.format, kept.size, len(kept.getexif())) == ("JPEG", (640, 480), 0)


@pytest.mark.parametrize(
    "content",
    [b"not an image", photo(size=(100, 100)), photo(image_format="GIF"), b"\xff\xd8" + b"0" * (5 * 1024 * 1024)],
    ids=["text", "tiny", "gif", "huge"],
)
async def test_what_is_no_proper_image_is_refused(review: RunningReview, content: bytes) -> None:  # RE-3
    case = await review.opened()
    assert (await refusal_of(review.hand_in(case, content))).reason == "MATERIAL_REFUSED"


async def test_the_same_image_twice_is_one_material(review: RunningReview) -> None:  # RE-3
    case = await review.opened()
    first, second = await review.hand_in(case, photo()), await review.hand_in(case, photo())
    assert first.material_id == second.material_id


BUCKET = "zikao"


def stored_files(folder: Path) -> list[Path]:
    return [path for path in (folder / "blobs").rglob("*") if path.is_file()]


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
async def test_every_accepted_type_is_kept_as_jpeg(review: RunningReview, image_format: str) -> None:  # RE-3
    case = await review.opened()
    material = await review.hand_in(case, photo(image_format=image_format))
    assert (material.content_type, material.width, material.height) == ("image/jpeg", 640, 480)


async def test_an_image_of_many_pixels_is_refused_before_it_is_unpacked(review: RunningReview) -> None:  # RE-3
    written = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(written, "PNG")
    assert (await refusal_of(review.hand_in(await review.opened(), written.getvalue()))).reason == "MATERIAL_REFUSED"


async def test_a_picture_with_something_behind_it_is_kept_without_that(review: RunningReview) -> None:  # RE-3
    case = await review.opened()
    material = await review.hand_in(case, photo() + b"<script>alert(1)</script>")
    body = await review.candidate(case.candidate_id).get_material(case.case_id, material.material_id)
    assert b"<script>" not in body.data


async def test_no_more_images_than_the_limit_also_when_many_come_at_once(
    review: RunningReview, tmp_path: Path
) -> None:  # RE-3
    case = await review.opened()
    uploads = (review.hand_in(case, picture(number), "OTHER") for number in range(MOST_PER_SUBMISSION + 4))
    outcomes = await race(*uploads)
    kept = [one for one in outcomes if isinstance(one, resources_pb2.Material)]
    reasons = {one.reason for one in outcomes if not isinstance(one, resources_pb2.Material)}
    assert (len(kept), reasons) == (MOST_PER_SUBMISSION, {"TOO_MANY_MATERIALS"})
    assert len(stored_files(tmp_path)) == MOST_PER_SUBMISSION


async def test_the_same_image_at_once_is_kept_once(review: RunningReview, tmp_path: Path) -> None:  # RE-3
    case = await review.opened()
    kept = await asyncio.gather(*(review.hand_in(case, photo()) for _ in range(6)))
    assert len({one.material_id for one in kept}) == 1
    assert len(stored_files(tmp_path)) == 1


async def test_what_lies_in_the_store_cannot_be_read_without_the_key(
    review: RunningReview, tmp_path: Path
) -> None:  # RE-3
    case = await review.opened()
    material = await review.hand_in(case)
    (blob,) = stored_files(tmp_path)
    assert blob.name == material.material_id
    assert not blob.read_bytes().startswith(b"\xff\xd8")
    assert b"JFIF" not in blob.read_bytes()


@pytest.fixture
def s3() -> Iterator[str]:
    """A server that speaks S3, with an empty bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    endpoint = f"http://127.0.0.1:{port}"
    httpx.put(f"{endpoint}/{BUCKET}", trust_env=False).raise_for_status()
    yield endpoint
    server.stop()


async def test_images_lie_in_s3_as_they_do_in_a_folder(start_review: StartReview, s3: str) -> None:  # RE-3
    options = {"endpoint": s3, "region": "cn-east-1", "access_key_id": "review", "secret_access_key": "secret"}
    where = f"s3://{BUCKET}/materials"
    store = open_store(where, options)
    async with (
        start_review(blobs_url=where, blobs_options=options) as review,
        httpx.AsyncClient(base_url=f"{s3}/{BUCKET}", trust_env=False) as passer_by,
    ):
        case = await review.opened()
        material = await review.hand_in(case)
        shown = pb.GetMaterialRequest(case_id=case.case_id, material_id=material.material_id)
        candidate = review.candidate(case.candidate_id)
        assert (await candidate.call("GetMaterial", shown)).data.startswith(b"\xff\xd8")
        key = f"{case.case_id}/{material.material_id}"
        assert (await passer_by.get(f"/materials/{key}")).status_code == 403
        assert b"JFIF" not in bytes(await (await obstore.get_async(store, key)).bytes_async())
        await obstore.delete_async(store, key)
        assert (await refusal_of(candidate.call("GetMaterial", shown))).reason == "NOT_FOUND"


async def test_images_of_materials_are_told_from_those_that_nobody_names(
    review: RunningReview, tmp_path: Path
) -> None:  # RE-3
    case = await review.submitted()
    (key,) = [str(file.relative_to(tmp_path / "blobs")) for file in (tmp_path / "blobs").rglob("*") if file.is_file()]
    nobodys = f"{case.case_id}/{new_id()}"
    deps = review.service.dependencies
    assert await deps.cases.named_image_keys([key, nobodys, "readme.txt"]) == {key, "readme.txt"}
    assert await remove_orphan_images(deps.blobs, deps.cases.named_image_keys, review.clock) == 0
