"""Cases, notes and images under another key, while the service works (docs/operations.md)."""

import secrets
from pathlib import Path

from pydantic import SecretStr
from zikao.review.v1 import review_service_pb2 as pb

from chassis.config import DatabaseConfig
from chassis.postgres.database import Database
from chassis.reencryption import IMAGES, count_remaining, reencrypt
from services.review.config import Config
from services.review.main import encrypted_data
from tests.integration.review.conftest import StartReview
from tests.integration.review.image_files import picture

OLD, NEW = "ab" * 32, secrets.token_hex(32)


async def test_everything_is_put_under_the_new_key_and_the_old_one_can_go(
    start_review: StartReview, database_url: str, tmp_path: Path, db: Database
) -> None:
    async with start_review() as review:
        reviewer = review.reviewer()
        waits = await review.submitted(content=picture(1))
        rejected = await review.submitted(content=picture(2))
        await reviewer.decide(await reviewer.claim(rejected.case_id), "REJECTED", "IMAGE_UNREADABLE")
    config = Config(
        database=DatabaseConfig(url=database_url),
        field_key=SecretStr(NEW),
        retired_field_keys=(SecretStr(OLD),),
        blobs_url=(tmp_path / "blobs").as_uri(),
    )
    before = await count_remaining(encrypted_data(config), db)
    assert {name for name, count in before.items() if count} >= {"cases", "decisions", "fingerprints"}
    done: dict[str, int] = {}
    async for step in reencrypt(encrypted_data(config), db):
        done[step.what] = done.get(step.what, 0) + step.rewritten
    assert done == {name: count for name, count in before.items() if count} | {IMAGES: done[IMAGES]}
    assert done[IMAGES] >= 2
    assert set((await count_remaining(encrypted_data(config), db)).values()) == {0}
    async with start_review(field_key=NEW) as review:
        claimed = await review.reviewer().claim(waits.case_id)
        assert claimed.display_name == "王晓岚"
        [material] = claimed.materials
        request = pb.GetMaterialRequest(case_id=waits.case_id, material_id=material.material_id)
        assert (await review.reviewer(reviewer_id=claimed.claimed_by).call("GetMaterial", request)).data
