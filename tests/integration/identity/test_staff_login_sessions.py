"""When login sessions of staff end (ID-18)."""

from datetime import timedelta

import pytest
from zikao.identity.v1 import resources_pb2

from chassis.errors import RemoteRefusal
from services.identity.domain.login_sessions import ACCESS_TTL, StaffLoginLimits
from tests.integration.identity.world import World
from tests.support.refusals import refusal_of

IDLE, LONGEST = StaffLoginLimits().idle, StaffLoginLimits().longest
SECOND = timedelta(seconds=1)


async def refreshed(world: World, tokens: resources_pb2.Tokens | None, **how: bool) -> resources_pb2.Tokens:
    assert tokens is not None
    answer: resources_pb2.Tokens = await world.visitor("RefreshLoginSession", refresh_token=tokens.refresh_token, **how)
    return answer


async def logged_in(world: World) -> resources_pb2.Tokens:
    tokens = (await world.operator()).tokens
    assert tokens is not None
    return tokens


async def test_it_ends_after_thirty_minutes_without_activity(world: World) -> None:  # ID-18
    tokens = await logged_in(world)
    for _ in range(3):
        world.clock.advance(IDLE - SECOND)
        tokens = await refreshed(world, tokens)
    world.clock.advance(IDLE)
    assert (await refusal_of(refreshed(world, tokens))).reason == "REFRESH_TOKEN_INVALID"


async def test_it_ends_after_twelve_hours_whatever_happens(world: World) -> None:  # ID-18
    tokens, began = await logged_in(world), world.clock.now()
    while True:
        world.clock.advance(timedelta(minutes=20))
        try:
            tokens = await refreshed(world, tokens)
        except RemoteRefusal:
            break
    assert world.clock.now() - began == LONGEST
    assert tokens.refresh_expire_time.ToDatetime(began.tzinfo) == began + LONGEST


async def test_what_renews_in_the_background_is_no_activity(world: World) -> None:  # ID-18
    tokens, began = await logged_in(world), world.clock.now()
    for _ in range(2):
        world.clock.advance(timedelta(minutes=14))
        tokens = await refreshed(world, tokens, background=True)
    assert tokens.access_expire_time.ToDatetime(began.tzinfo) == began + IDLE
    world.clock.advance(timedelta(minutes=2))
    assert (await refusal_of(refreshed(world, tokens, background=True))).reason == "REFRESH_TOKEN_INVALID"
    assert (await refusal_of(world.holder_of(tokens)("ListStaff"))).reason == "UNAUTHENTICATED"


async def test_activity_counts_though_the_background_renewed_first(world: World) -> None:  # ID-18, GW-8
    tokens, began = await logged_in(world), world.clock.now()
    world.clock.advance(timedelta(minutes=14))
    by_script = await refreshed(world, tokens, background=True)
    by_hand = await refreshed(world, tokens)
    assert by_hand.refresh_token == by_script.refresh_token
    world.clock.advance(IDLE - timedelta(minutes=1))
    assert world.clock.now() > began + IDLE
    assert (await refreshed(world, by_script)).access_token


async def test_a_candidates_page_left_open_keeps_its_login_session(world: World) -> None:  # ID-14
    tokens = (await world.visitor.register()).tokens
    for _ in range(5):
        world.clock.advance(ACCESS_TTL)
        tokens = await refreshed(world, tokens, background=True)
    assert tokens.access_token


@pytest.mark.parametrize("config", [{"staff_login": StaffLoginLimits(idle=timedelta(minutes=5))}], indirect=True)
async def test_both_ends_are_settings(world: World) -> None:  # ID-18
    tokens = await logged_in(world)
    world.clock.advance(timedelta(minutes=5))
    assert (await refusal_of(refreshed(world, tokens))).reason == "REFRESH_TOKEN_INVALID"
