"""Login sessions, refresh tokens and staff (ID-14, RE-2)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chassis.errors import Refusal
from services.identity.domain.logins import JUST_USED, RefreshToken, refuse_refresh
from services.identity.domain.staff import (
    AUTHORITY,
    Staff,
    StaffKind,
    disabled,
    require_fitting_organisation,
    require_same_account,
)
from services.identity.errors import (
    LoginNameTaken,
    OperatorOutsideAuthority,
    OwnAccount,
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


REVIEWER = Staff("s1", "li.hua", "李华", StaffKind.REVIEWER, "10269", NOW)


def test_operators_belong_to_the_authority() -> None:  # RE-2
    require_fitting_organisation(REVIEWER)
    require_fitting_organisation(replace(REVIEWER, kind=StaffKind.OPERATOR, organisation=AUTHORITY))
    with pytest.raises(OperatorOutsideAuthority):
        require_fitting_organisation(replace(REVIEWER, kind=StaffKind.OPERATOR))


def test_a_repeated_creation_finds_the_same_account_or_is_refused() -> None:  # OP-1
    require_same_account(REVIEWER, replace(REVIEWER, staff_id="s2", display_name="李"))
    with pytest.raises(LoginNameTaken):
        require_same_account(REVIEWER, replace(REVIEWER, organisation="10246"))


def test_nobody_disables_their_own_account() -> None:  # OP-1
    assert disabled(REVIEWER, by="s2").disabled
    with pytest.raises(OwnAccount):
        disabled(REVIEWER, by="s1")
