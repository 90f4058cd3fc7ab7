"""A candidate reads everything that identity holds about them, once proven (ID-20)."""

import json
from datetime import timedelta

from tests.integration.identity import people
from tests.integration.identity.callers import Caller
from tests.integration.identity.test_recent_proofs import verify_phone
from tests.integration.identity.world import World
from tests.support.refusals import refusal_of


async def files_of(caller: Caller) -> dict[str, bytes]:
    """The files by their names."""
    files: dict[str, bytes] = {}
    async for piece in caller.stream("ExportOwnData", candidate_id="me"):
        files[piece.file_name] = files.get(piece.file_name, b"") + piece.content
    return files


async def test_everything_is_there_in_the_clear_and_no_secret(world: World) -> None:  # ID-20
    number, phone = people.resident_number(), people.phone_number()
    owner = await world.visitor.register(number)
    await verify_phone(world, owner, phone)
    await owner.upload()
    files = await files_of(owner)
    (account,) = json.loads(files["candidates.json"])
    assert (account["document"], account["phone"]) == (number, f"+86{phone}")
    assert {"credentials.json", "login_sessions.json", "images/1.jpg"} <= files.keys()
    assert files["images/1.jpg"].startswith(bytes.fromhex("ffd8ff"))
    everything = b"".join(files.values()).decode(errors="replace")
    for secret in ("password_hash", "token_hash", "person_index", "_cipher", "argon2"):
        assert secret not in everything


async def test_the_owner_is_proven_and_does_not_ask_all_the_time(world: World) -> None:  # ID-17, ID-20
    owner = await world.visitor.register()
    for _ in range(5):
        await files_of(owner)
    assert (await refusal_of(files_of(owner))).reason == "RATE_LIMITED"
    world.clock.advance(timedelta(minutes=6))
    assert (await refusal_of(files_of(owner))).reason == "RECENT_PROOF_REQUIRED"
