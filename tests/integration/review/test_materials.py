"""RE-3: what may be handed in, where it lies, and who reaches it."""

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

from chassis.clock import ManualClock
from chassis.ids import new_id
from chassis.media.blobs import open_store
from services.review.domain.materials import MOST_PER_SUBMISSION
from tests.integration.review.conftest import Review, photo, picture, serving
from tests.integration.review.refusals import reason_of, refused

BUCKET = "zikao"


def look(case_id: str, material_id: str) -> pb.GetMaterialRequest:
    return pb.GetMaterialRequest(case_id=case_id, material_id=material_id)


def stored(folder: Path) -> list[Path]:
    return [path for path in (folder / "blobs").rglob("*") if path.is_file()]


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
async def test_every_accepted_type_is_kept_as_jpeg(review: Review, image_format: str) -> None:  # RE-3
    case = await review.opened()
    material = await review.hand_in(case, photo(image_format=image_format))
    assert (material.content_type, material.width, material.height) == ("image/jpeg", 640, 480)


async def test_an_image_of_many_pixels_is_refused_before_it_is_unpacked(review: Review) -> None:  # RE-3
    written = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(written, "PNG")
    await refused(review.hand_in(await review.opened(), written.getvalue()), "MATERIAL_REFUSED")


async def test_a_picture_with_something_behind_it_is_kept_without_that(review: Review) -> None:  # RE-3
    case = await review.opened()
    material = await review.hand_in(case, photo() + b"<script>alert(1)</script>")
    body = await review.candidate(case.candidate_id).call("GetMaterial", look(case.case_id, material.material_id))
    assert b"<script>" not in body.data


async def test_no_more_images_than_the_limit_also_when_many_come_at_once(
    review: Review, tmp_path: Path
) -> None:  # RE-3
    case = await review.opened()
    uploads = (review.hand_in(case, picture(number)) for number in range(MOST_PER_SUBMISSION + 4))
    outcomes = await asyncio.gather(*uploads, return_exceptions=True)
    kept = [one for one in outcomes if isinstance(one, resources_pb2.Material)]
    reasons = {reason_of(one) for one in outcomes if not isinstance(one, resources_pb2.Material)}
    assert (len(kept), reasons) == (MOST_PER_SUBMISSION, {"TOO_MANY_MATERIALS"})
    assert len(stored(tmp_path)) == MOST_PER_SUBMISSION


async def test_the_same_image_at_once_is_kept_once(review: Review, tmp_path: Path) -> None:  # RE-3
    case = await review.opened()
    kept = await asyncio.gather(*(review.hand_in(case, photo()) for _ in range(6)))
    assert len({one.material_id for one in kept}) == 1
    assert len(stored(tmp_path)) == 1


async def test_an_image_is_not_reached_through_another_case(review: Review) -> None:  # RE-3
    case, other = await review.submitted(), await review.submitted()
    reviewer = review.reviewer()
    await reviewer.claim(other.case_id)
    material_id = case.materials[0].material_id
    await refused(reviewer.call("GetMaterial", look(other.case_id, material_id)), "NOT_FOUND")
    await refused(
        review.candidate(other.candidate_id).call("GetMaterial", look(case.case_id, material_id)), "NOT_FOUND"
    )


async def test_what_lies_in_the_store_cannot_be_read_without_the_key(review: Review, tmp_path: Path) -> None:  # RE-3
    case = await review.opened()
    material = await review.hand_in(case)
    (blob,) = stored(tmp_path)
    assert blob.name == material.material_id
    assert not blob.read_bytes().startswith(b"\xff\xd8")
    assert b"JFIF" not in blob.read_bytes()


async def test_a_phone_change_asks_for_three_images(review: Review) -> None:  # ID-11, RE-2, RE-3
    case = await review.opened(kind="PHONE_CHANGE", organisation="AUTHORITY")
    submit = pb.SubmitCaseRequest(case_id=case.case_id)
    for kind in ("DOCUMENT_FRONT", "HOLDING_DOCUMENT"):
        await review.hand_in(case, kind=kind)
    await refused(review.identity.call("SubmitCase", submit), "MATERIALS_MISSING")
    await review.hand_in(case, kind="DOCUMENT_BACK")
    assert (await review.identity.call("SubmitCase", submit)).state == resources_pb2.Case.WAITING


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


async def test_images_lie_in_s3_as_they_do_in_a_folder(  # RE-3
    database_url: str, tmp_path: Path, clock: ManualClock, s3: str
) -> None:
    options = {"endpoint": s3, "region": "cn-east-1", "access_key_id": "review", "secret_access_key": "secret"}
    where = f"s3://{BUCKET}/materials"
    store = open_store(where, options)
    async with (
        serving(database_url, tmp_path, clock, blobs_url=where, blobs_options=options) as review,
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
        await refused(candidate.call("GetMaterial", shown), "NOT_FOUND")


async def test_images_of_materials_are_told_from_those_that_nobody_names(
    review: Review, tmp_path: Path
) -> None:  # RE-3
    case = await review.submitted()
    (key,) = [str(file.relative_to(tmp_path / "blobs")) for file in (tmp_path / "blobs").rglob("*") if file.is_file()]
    nobodys = f"{case.case_id}/{new_id()}"
    assert await review.service.dependencies.cases.named_image_keys([key, nobodys, "readme.txt"]) == {
        key,
        "readme.txt",
    }
    assert await review.orphan_images().remove() == 0
