"""Reviewers' and operators' accounts (RE-2, OP-1)."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.identity.domain.staff import (
    AUTHORITY,
    NewStaff,
    Staff,
    StaffKind,
    disabled,
    require_fitting_organisation,
    require_same_account,
)
from services.identity.errors import LoginNameTaken, OperatorOutsideAuthority, OwnAccount

WANTED = NewStaff("li.hua", "李华", StaffKind.REVIEWER, "10269")
REVIEWER = Staff("s1", "li.hua", "李华", StaffKind.REVIEWER, "10269", datetime(2026, 11, 24, 4, tzinfo=UTC))


def test_operators_belong_to_the_authority() -> None:  # RE-2
    require_fitting_organisation(WANTED)
    require_fitting_organisation(replace(WANTED, kind=StaffKind.OPERATOR, organisation=AUTHORITY))
    with pytest.raises(OperatorOutsideAuthority):
        require_fitting_organisation(replace(WANTED, kind=StaffKind.OPERATOR))


def test_a_repeated_creation_finds_the_same_account_or_is_refused() -> None:  # OP-1
    require_same_account(REVIEWER, replace(WANTED, display_name=REVIEWER.display_name))
    for other in (replace(WANTED, organisation="10246"), replace(WANTED, display_name="another")):
        with pytest.raises(LoginNameTaken):
            require_same_account(REVIEWER, other)


def test_nobody_disables_their_own_account() -> None:  # OP-1
    assert disabled(REVIEWER, "left", by="s2").disable_reason == "left"
    with pytest.raises(OwnAccount):
        disabled(REVIEWER, "left", by="s1")
