"""Refresh tokens (ID-14)."""

from datetime import UTC, datetime, timedelta

import pytest

from chassis.errors import Refusal
from services.identity.domain.login_sessions import LoginTokenRules, RefreshToken, require_used_just_now
from services.identity.errors import (
    RefreshTokenInvalid,
    RefreshTokenReused,
)

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
SECOND = timedelta(seconds=1)
RULES = LoginTokenRules()
MINUTE = RULES.same_successor_for


@pytest.mark.parametrize(
    ("token", "refusal"),
    [
        (None, RefreshTokenInvalid),
        (RefreshToken("s", NOW, None, False), RefreshTokenInvalid),
        (RefreshToken("s", NOW + SECOND, NOW - SECOND, True), RefreshTokenInvalid),
        (RefreshToken("s", NOW + SECOND, NOW - MINUTE - SECOND, False), RefreshTokenReused),
    ],
)
def test_a_refresh_token_that_does_not_work_says_why(
    token: RefreshToken | None, refusal: type[Refusal]
) -> None:  # ID-14
    with pytest.raises(refusal):
        require_used_just_now(token, RULES, at=NOW)


def test_a_refresh_token_used_just_now_may_come_again() -> None:  # GW-8
    require_used_just_now(RefreshToken("s", NOW + SECOND, NOW - MINUTE, False), RULES, at=NOW)


def test_an_access_token_is_never_good_for_longer_than_fifteen_minutes() -> None:  # ID-14
    with pytest.raises(ValueError, match="at most 15 minutes"):
        LoginTokenRules(access_for=timedelta(minutes=16))
