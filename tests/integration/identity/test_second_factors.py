"""Authenticator apps and backup codes of staff, at a login and afterwards; resets (ID-17, ID-18)."""

import asyncio
import os
import sys
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select

from chassis.errors import RemoteRefusal
from chassis.postgres.database import Database
from services.identity.domain.staff import StaffKind
from services.identity.tables import backup_codes, totps
from tests.integration.identity import people
from tests.integration.identity.staff_member import INITIAL, PASSWORD, Member, may_work
from tests.integration.identity.world import World
from tests.support.refusals import refusal_of

REQUIRED = {"second_factor_required_for": frozenset({StaffKind.REVIEWER})}


async def test_staff_need_no_second_factor_unless_told_to(member: Member) -> None:  # ID-18
    caller = await member.log_in()
    assert caller.tokens is not None
    assert not caller.tokens.needs_second_factor
    assert await may_work(caller) == ""
    assert not (await caller("GetSecondFactors")).required


async def test_a_factor_once_enrolled_is_proven_after_every_login(member: Member) -> None:  # ID-18
    proven, _ = await member.enrol(await member.log_in())
    assert await may_work(proven) == ""
    caller = await member.log_in()
    assert caller.tokens is not None
    assert caller.tokens.needs_second_factor
    assert await may_work(caller) == "SECOND_FACTOR_REQUIRED"
    fresh = await member.prove(caller)
    assert await may_work(fresh) == ""
    assert fresh.tokens is not None
    assert fresh.tokens.login_session_id == caller.tokens.login_session_id


async def test_what_was_proven_lasts_as_long_as_the_login_session(member: Member) -> None:  # ID-18
    proven, _ = await member.enrol(await member.log_in())
    assert proven.tokens is not None
    tokens = await member.world.visitor("RefreshLoginSession", refresh_token=proven.tokens.refresh_token)
    assert not tokens.needs_second_factor
    changed = await proven("ChangePassword", subject_id="me", old_password=PASSWORD, new_password=PASSWORD + "x")
    assert not changed.needs_second_factor


async def test_a_refresh_token_of_before_a_proof_does_not_lead_past_it(member: Member) -> None:  # ID-18, GW-8
    await member.enrol(await member.log_in())
    caller = await member.log_in()
    assert caller.tokens is not None
    proven = await member.prove(caller)
    again = member.world.visitor("RefreshLoginSession", refresh_token=caller.tokens.refresh_token)
    assert (await refusal_of(again)).reason == "REFRESH_TOKEN_JUST_USED"
    assert await may_work(proven) == ""


async def test_a_password_alone_changes_neither_password_nor_factor(member: Member) -> None:  # ID-18
    await member.enrol(await member.log_in())
    caller = await member.log_in()
    changes = (
        caller("ChangePassword", subject_id="me", old_password=PASSWORD, new_password=PASSWORD + "x"),
        caller("StartPasskeyEnrolment"),
        caller("DeleteTotp"),
        caller("CreateBackupCodes"),
    )
    for change in changes:
        assert (await refusal_of(change)).reason == "SECOND_FACTOR_REQUIRED"


async def test_a_code_proves_once_and_nothing_older_after_it(member: Member) -> None:  # ID-18
    await member.enrol(await member.log_in())
    earlier, code = member.code(), member.code()
    callers = [await member.log_in() for _ in range(4)]
    tries = await asyncio.gather(
        *(caller("ProveSecondFactor", totp_code=code) for caller in callers), return_exceptions=True
    )
    refused = [one for one in tries if isinstance(one, RemoteRefusal)]
    assert [one.reason for one in refused] == ["WRONG_SECOND_FACTOR"] * 3
    assert (await refusal_of(member.prove(await member.log_in(), totp_code=earlier))).reason == "WRONG_SECOND_FACTOR"


async def test_the_code_that_enrolled_does_not_prove_again(member: Member) -> None:  # ID-18
    caller = await member.log_in()
    member.secret = (await caller("StartTotpEnrolment")).secret
    code = member.code()
    await caller("ConfirmTotpEnrolment", totp_code=code)
    assert (await refusal_of(member.prove(await member.log_in(), totp_code=code))).reason == "WRONG_SECOND_FACTOR"


async def test_wrong_codes_are_slowed_down_and_a_right_one_forgives_them(member: Member) -> None:  # ID-18
    await member.enrol(await member.log_in())
    caller = await member.log_in()
    for _ in range(4):
        assert (await refusal_of(member.prove(caller, totp_code="000000"))).reason == "WRONG_SECOND_FACTOR"
    caller = await member.prove(caller)
    reasons = [(await refusal_of(member.prove(caller, totp_code="000000"))).reason for _ in range(6)]
    assert reasons == ["WRONG_SECOND_FACTOR"] * 5 + ["RATE_LIMITED"]


async def test_each_backup_code_proves_once(member: Member, db: Database) -> None:  # ID-18
    proven, codes = await member.enrol(await member.log_in())
    assert len(set(codes)) == 10
    assert await may_work(await member.prove(await member.log_in(), backup_code=codes[0].lower())) == ""
    again = await refusal_of(member.prove(await member.log_in(), backup_code=codes[0]))
    assert again.reason == "WRONG_SECOND_FACTOR"
    assert (await proven("GetSecondFactors")).backup_codes_left == 9
    stored = await db.fetch(select(backup_codes).where(backup_codes.c.staff_id == member.staff_id))
    assert not any(codes[1].replace("-", "").encode() in bytes(row.code_index) for row in stored)


async def test_new_backup_codes_end_the_earlier_ones(member: Member) -> None:  # ID-18
    proven, codes = await member.enrol(await member.log_in())
    fresh = list((await proven("CreateBackupCodes")).backup_codes)
    assert not set(fresh) & set(codes)
    assert (await refusal_of(member.prove(await member.log_in(), backup_code=codes[0]))).reason == "WRONG_SECOND_FACTOR"
    assert await member.prove(await member.log_in(), backup_code=fresh[0])


async def test_factors_change_only_within_five_minutes_of_a_proof(member: Member) -> None:  # ID-17
    proven, _ = await member.enrol(await member.log_in())
    member.world.clock.advance(timedelta(minutes=5, seconds=1))
    for change in (proven("DeleteTotp"), proven("CreateBackupCodes"), proven("StartPasskeyEnrolment")):
        assert (await refusal_of(change)).reason == "RECENT_PROOF_REQUIRED"
    again = await member.prove(proven)
    assert not (await again("DeleteTotp")).has_totp
    assert await may_work(await member.log_in()) == ""


async def test_a_new_factor_ends_the_other_login_sessions(member: Member) -> None:  # ID-18
    other = await member.log_in()
    await member.enrol(await member.log_in())
    assert other.tokens is not None
    refusal = await refusal_of(member.world.visitor("RefreshLoginSession", refresh_token=other.tokens.refresh_token))
    assert refusal.reason == "REFRESH_TOKEN_INVALID"


async def test_an_enrolment_that_was_never_confirmed_is_none(member: Member) -> None:  # ID-18
    caller = await member.log_in()
    assert (await refusal_of(caller("ConfirmTotpEnrolment", totp_code="000000"))).reason == "ENROLMENT_EXPIRED"
    first = (await caller("StartTotpEnrolment")).secret
    member.secret = (await caller("StartTotpEnrolment")).secret
    stale = pyotp.TOTP(first).at(member.world.clock.now())
    assert (await refusal_of(caller("ConfirmTotpEnrolment", totp_code=stale))).reason == "WRONG_SECOND_FACTOR"
    assert await may_work(await member.log_in()) == ""


@pytest.mark.parametrize("config", [{}, REQUIRED], indirect=True, ids=["free", "required"])
async def test_who_has_only_the_initial_password_enrols_no_factor(world: World) -> None:  # ID-3, ID-18
    operator, login_name = await world.operator(), f"reviewer-{people.CHANCE.randrange(10**9)}"
    staff = {"login_name": login_name, "display_name": "李华", "kind": "REVIEWER", "organisation": people.SCHOOL}
    await operator("CreateStaff", staff=staff, initial_password=INITIAL)
    first = await world.visitor.log_in(login_name, INITIAL)
    for enrolment, values in (
        ("StartTotpEnrolment", {}),
        ("ConfirmTotpEnrolment", {"totp_code": "000000"}),
        ("StartPasskeyEnrolment", {}),
        ("ConfirmPasskeyEnrolment", {"passkey_name": "key", "passkey_answer_json": "{}"}),
    ):
        assert (await refusal_of(first(enrolment, **values))).reason == "PASSWORD_CHANGE_REQUIRED"
    tokens = await first("ChangePassword", subject_id="me", old_password=INITIAL, new_password=PASSWORD)
    assert (await world.holder_of(tokens)("StartTotpEnrolment")).secret


@pytest.mark.parametrize("config", [REQUIRED], indirect=True)
async def test_where_a_role_requires_a_factor_a_login_leads_to_enrolling_one(member: Member) -> None:  # ID-18, ID-3
    operator = await member.world.operator()
    await operator("ResetSecondFactors", staff_id=member.staff_id, reason="lost, known by sight")
    caller = await member.log_in()
    assert await may_work(caller) == "SECOND_FACTOR_REQUIRED"
    proven, _ = await member.enrol(caller)
    assert await may_work(proven) == ""
    assert (await refusal_of(proven("DeleteTotp"))).reason == "LAST_SECOND_FACTOR"
    [listed] = [one for one in (await operator("ListStaff", page_size=200)).staff if one.staff_id == member.staff_id]
    assert (listed.has_second_factor, listed.second_factor_required) == (True, True)


async def test_a_lost_factor_is_reset_by_another_operator(member: Member) -> None:  # ID-18
    proven, codes = await member.enrol(await member.log_in())
    operator = await member.world.operator()
    answer = await operator("ResetSecondFactors", staff_id=member.staff_id, reason="lost, known by sight")
    assert not answer.has_second_factor
    assert proven.tokens is not None
    ended = member.world.visitor("RefreshLoginSession", refresh_token=proven.tokens.refresh_token)
    assert (await refusal_of(ended)).reason == "REFRESH_TOKEN_INVALID"
    caller = await member.log_in()
    assert await may_work(caller) == ""
    assert (await refusal_of(member.prove(caller, backup_code=codes[0]))).reason == "WRONG_SECOND_FACTOR"
    own = operator("ResetSecondFactors", staff_id=operator.subject_id, reason="lost")
    assert (await refusal_of(own)).reason == "OWN_ACCOUNT"


async def test_the_command_line_resets_where_nobody_else_can(member: Member) -> None:  # ID-18
    config = member.world.config
    proven, _ = await member.enrol(await member.log_in())

    async def reset(login_name: str) -> tuple[int, str]:
        environment = {
            **os.environ,
            "ZIKAO_DATABASE__URL": config.database.url,
            "ZIKAO_KEYS_DIR": str(config.keys_dir),
            "ZIKAO_BLOBS_URL": config.blobs_url,
            "ZIKAO_INDEX_KEY": config.index_key.get_secret_value(),
            "ZIKAO_FIELD_KEY": config.field_key.get_secret_value(),
        }
        command = (sys.executable, "-m", "cli.main", "admin", "reset-factor", login_name, "--reason", "known by sight")
        process = await asyncio.create_subprocess_exec(
            *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        said, _ = await process.communicate()
        return process.returncode or 0, said.decode()

    assert (await reset("nobody"))[0] == 1
    status, said = await reset(member.login_name)
    assert status == 0, said
    assert await may_work(await member.log_in()) == ""
    assert proven.tokens is not None
    ended = member.world.visitor("RefreshLoginSession", refresh_token=proven.tokens.refresh_token)
    assert (await refusal_of(ended)).reason == "REFRESH_TOKEN_INVALID"


async def test_only_operators_reset_and_only_staff_have_factors(member: Member) -> None:  # ID-18
    reviewer, candidate = await member.log_in(), await member.world.visitor.register()
    reset = reviewer("ResetSecondFactors", staff_id=member.staff_id, reason="lost")
    assert (await refusal_of(reset)).reason == "ACCESS_DENIED"
    assert (await refusal_of(candidate("StartTotpEnrolment"))).reason == "ACCESS_DENIED"


async def test_a_disabled_account_proves_nothing(member: Member) -> None:  # ID-18
    await member.enrol(await member.log_in())
    caller = await member.log_in()
    await (await member.world.operator())("DisableStaff", staff_id=member.staff_id, reason="left")
    assert (await refusal_of(member.prove(caller))).reason == "UNAUTHENTICATED"


async def test_the_secret_is_kept_sealed(member: Member, db: Database) -> None:  # ID-18
    await member.enrol(await member.log_in())
    row = await db.fetch_one(select(totps).where(totps.c.staff_id == member.staff_id))
    assert row is not None
    assert member.secret.encode() not in bytes(row.secret_cipher)
