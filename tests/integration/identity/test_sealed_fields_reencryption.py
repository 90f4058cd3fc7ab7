"""Personal data under another key, while the service works (docs/operations.md)."""

import asyncio
import json
import os
import secrets
import sys
from collections.abc import AsyncIterator
from copy import copy
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from chassis.clock import ManualClock
from chassis.ids import new_id
from chassis.postgres.database import Database
from chassis.reencryption import BATCH, IMAGES, EncryptedData, Progress, count_remaining, reencrypt
from chassis.security.encryption import FieldCipher, Undecipherable
from services.identity.config import Config
from services.identity.domain.candidates import Candidate, with_name
from services.identity.main import encrypted_data
from services.identity.tables import candidates
from tests.integration.identity import people
from tests.integration.identity.callers import Caller
from tests.integration.identity.neighbours import Neighbours
from tests.integration.identity.outside_systems import OutsideSystems
from tests.integration.identity.replicas import candidates_under
from tests.integration.identity.staff_member import hire, may_work
from tests.integration.identity.world import World, served


@pytest.fixture
async def rotated(config: Config, db: Database) -> AsyncIterator[Config]:
    """With a new key in use, and the old one retired; afterwards everything is back under the old one."""
    new = SecretStr(secrets.token_hex(32))
    yield config.model_copy(update={"field_key": new, "retired_field_keys": (config.field_key,)})
    await all_of(encrypted_data(config.model_copy(update={"retired_field_keys": (new,)})), db)


async def all_of(one: EncryptedData, db: Database) -> dict[str, int]:
    done: dict[str, int] = {}
    async for step in reencrypt(one, db):
        done[step.what] = done.get(step.what, 0) + step.rewritten
    return done


async def imported(world: World, count: int) -> None:
    operator = await world.operator()
    for start in range(0, count, 1000):
        rows = [
            {
                "document_type": "RESIDENT_CARD",
                "document_number": people.resident_number(),
                "display_name": people.name(),
                "school_code": people.SCHOOL,
                "phone": people.phone_number(),
            }
            for _ in range(min(1000, count - start))
        ]
        await operator("ImportCandidates", rows=rows)


async def stored_marks(db: Database) -> set[bytes]:
    """Which keys values of the database are sealed with."""
    columns = [column for column in candidates.columns if column.name.endswith("_cipher")]
    rows = await db.fetch(select(*columns))
    return {bytes(value).split(b"\0")[0] + b"\0" for row in rows for value in row if value is not None}


async def somebody(world: World) -> Caller:
    caller = await world.visitor.register()
    await caller("UpdateDetails", candidate_id="me", details=people.DETAILS)
    await caller.upload()
    phone = people.phone_number()
    await caller("SendPhoneCode", candidate_id="me", phone=phone)
    await caller("VerifyPhone", candidate_id="me", code=world.outside.last_code(phone), request_id=new_id())
    return caller


async def test_everything_is_put_under_the_new_key_and_the_old_one_can_go(
    config: Config, rotated: Config, clock: ManualClock, outside: OutsideSystems, neighbours: Neighbours, db: Database
) -> None:
    async with served(config, clock, outside, neighbours) as world:
        caller = await somebody(world)
        before, portrait = await caller.account(), await caller("GetPortrait", candidate_id="me")
        await imported(world, 2 * BATCH + 50)
        member = await hire(world)
        await member.enrol(await member.log_in())
    done = await all_of(encrypted_data(rotated), db)
    assert done["candidates"] >= 2 * BATCH + 51
    assert done[IMAGES] == 1
    assert await stored_marks(db) == {encrypted_data(rotated).cipher.mark}
    forgotten = rotated.model_copy(update={"retired_field_keys": ()})
    async with served(forgotten, clock, outside, neighbours) as world:
        again = await world.visitor.log_in(before.document_number, people.PASSWORD)
        assert await again.account() == before
        assert await again("GetPortrait", candidate_id="me") == portrait
        member.world = world
        assert await may_work(await member.prove(await member.log_in())) == ""
    assert set((await all_of(encrypted_data(forgotten), db)).values()) <= {0}


async def test_values_under_both_keys_are_read_meanwhile(
    config: Config, rotated: Config, clock: ManualClock, outside: OutsideSystems, neighbours: Neighbours, db: Database
) -> None:
    async with served(config, clock, outside, neighbours) as world:
        number = people.resident_number()
        await world.visitor.register(number)
        await imported(world, BATCH + 10)
    async with served(rotated, clock, outside, neighbours) as world:
        steps = reencrypt(encrypted_data(rotated), db)
        assert (await anext(steps)).rewritten == BATCH
        account = await (await world.visitor.log_in(number, people.PASSWORD)).account()
        assert account.document_number == number
        await world.visitor.register()


async def test_a_run_that_was_ended_goes_on_with_what_is_left(world: World, rotated: Config, db: Database) -> None:
    await imported(world, 2 * BATCH + 50)
    one = encrypted_data(rotated)
    total = (await count_remaining(one, db))["candidates"]
    steps = reencrypt(one, db)
    assert await anext(steps) == Progress("candidates", BATCH, BATCH)
    await steps.aclose()  # type: ignore[attr-defined]
    assert (await count_remaining(one, db))["candidates"] == total - BATCH
    assert (await all_of(one, db))["candidates"] == total - BATCH
    assert set((await count_remaining(one, db)).values()) == {0}


async def test_a_change_made_at_the_same_time_is_never_lost(
    world: World, rotated: Config, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = await somebody(world)
    theirs, ours = candidates_under(world.config, db), encrypted_data(rotated)
    read: asyncio.Event = asyncio.Event()
    changed: asyncio.Event = asyncio.Event()
    fetch = db.fetch

    async def fetch_and_wait(statement: Any, params: Any = None) -> Any:
        """What the rewriting has read is outdated before it writes."""
        found = await fetch(statement, params)
        read.set()
        await changed.wait()
        return found

    slow = copy(db)
    monkeypatch.setattr(slow, "fetch", fetch_and_wait)
    rewriting = asyncio.create_task(all_of(ours, slow))
    await read.wait()
    before = await theirs.get_candidate(caller.candidate_id)
    after: Candidate = with_name(before, "新名字", at=world.clock.now())
    assert await theirs.replace_candidate(before, after)
    changed.set()
    await rewriting
    assert (await candidates_under(rotated, db).get_candidate(caller.candidate_id)).name == "新名字"
    await all_of(ours, db)
    assert (await candidates_under(rotated, db).get_candidate(caller.candidate_id)).name == "新名字"
    assert set((await count_remaining(ours, db)).values()) == {0}


async def test_a_key_that_is_not_named_stops_the_run_and_loses_nothing(
    world: World, rotated: Config, db: Database
) -> None:
    caller = await somebody(world)
    with pytest.raises(Undecipherable):
        await all_of(encrypted_data(rotated.model_copy(update={"retired_field_keys": ()})), db)
    assert (await caller.account()).details.email == people.DETAILS.email


def test_every_sealed_column_is_known() -> None:
    from services.identity.tables import metadata

    named = {table.name for table in encrypted_tables(metadata)}
    assert {"candidates", "phone_changes", "password_recoveries", "totps"} <= named


def encrypted_tables(metadata: Any) -> Any:
    return [table for table in metadata.tables.values() if any(c.name.endswith("_cipher") for c in table.columns)]


def test_keys_are_named_by_their_hash_and_earlier_names_are_understood() -> None:
    one, other = secrets.token_hex(32), secrets.token_hex(32)
    old = FieldCipher({"1": bytes.fromhex(one)}).encrypt("text", context="row")
    cipher = FieldCipher.of(other, one, earlier_names={"1": one})
    assert cipher.decrypt(old, context="row") == "text"
    assert cipher.encrypt("text").startswith(cipher.mark)
    assert cipher.mark != FieldCipher.of(one).mark


async def test_an_operator_rotates_a_key_from_the_command_line(
    world: World, config: Config, rotated: Config, db: Database
) -> None:
    caller = await somebody(world)

    def told(*retired: SecretStr) -> dict[str, str]:
        return {
            **os.environ,
            "COLUMNS": "200",
            "ZIKAO_DATABASE__URL": config.database.url,
            "ZIKAO_BLOBS_URL": config.blobs_url,
            "ZIKAO_INDEX_KEY": config.index_key.get_secret_value(),
            "ZIKAO_FIELD_KEY": rotated.field_key.get_secret_value(),
            "ZIKAO_RETIRED_FIELD_KEYS": json.dumps([key.get_secret_value() for key in retired]),
        }

    async def run(environment: dict[str, str]) -> tuple[int, str]:
        command = (sys.executable, "-m", "cli.main", "reencrypt", "identity")
        process = await asyncio.create_subprocess_exec(
            *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        said, _ = await process.communicate()
        return process.returncode or 0, said.decode()

    status, said = await run(told())
    assert (status, "ZIKAO_RETIRED_FIELD_KEYS" in said) == (1, True), said
    status, said = await run(told(config.field_key))
    assert status == 0, said
    assert "were put under the key in use" in said
    assert (await candidates_under(rotated, db).get_candidate(caller.candidate_id)).phone
    status, said = await run(told())
    assert (status, "0 candidates" in said) == (0, True), said
