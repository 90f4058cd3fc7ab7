"""Refresh tokens (ID-14)."""

from datetime import UTC, datetime, timedelta

import pytest

from chassis.errors import Refusal
from services.identity.domain.login_sessions import JUST_USED, RefreshToken, refuse_refresh
from services.identity.errors import (
    RefreshTokenInvalid,
    RefreshTokenJustUsed,
    RefreshTokenReused,
)

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("token", "refusal"),
    [
        (None, RefreshTokenInvalid),
        (RefreshToken("s", NOW, None, False), RefreshTokenInvalid),
        (RefreshToken("s", NOW + SECOND, NOW - SECOND, True), RefreshTokenInvalid),
        (RefreshToken("s", NOW + SECOND, NOW - JUST_USED, False), RefreshTokenJustUsed),
        (RefreshToken("s", NOW + SECOND, NOW - JUST_USED - SECOND, False), RefreshTokenReused),
    ],
)
def test_a_refresh_token_that_does_not_work_says_why(
    token: RefreshToken | None, refusal: type[Refusal]
) -> None:  # ID-14
    with pytest.raises(refusal):
        refuse_refresh(token, at=NOW)
