"""Reviewers and operators (RE-2, OP-1)."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Final

from services.identity.errors import LoginNameTaken, OperatorOutsideAuthority, OwnAccount

AUTHORITY: Final = "AUTHORITY"
"""The organisation of the exam authority (考试院); every other one is a host school's code."""


class StaffKind(Enum):
    """What a member of staff does."""

    REVIEWER = "REVIEWER"
    OPERATOR = "OPERATOR"


@dataclass(frozen=True, slots=True)
class Staff:
    """An account of a reviewer or an operator."""

    staff_id: str
    login_name: str
    display_name: str
    kind: StaffKind
    organisation: str
    create_time: datetime
    disabled: bool = False
    needs_password_change: bool = True


def require_fitting_organisation(staff: Staff) -> None:
    """Raises OperatorOutsideAuthority (RE-2)."""
    if staff.kind is StaffKind.OPERATOR and staff.organisation != AUTHORITY:
        raise OperatorOutsideAuthority()


def require_same_account(present: Staff, wanted: Staff) -> None:
    """The repeat of a creation finds the account as it was asked for. Raises LoginNameTaken when it is another's."""
    if (present.kind, present.organisation) != (wanted.kind, wanted.organisation):
        raise LoginNameTaken(login_name=wanted.login_name)


def disabled(staff: Staff, *, by: str) -> Staff:
    """The account disabled. Raises OwnAccount when `by` is its owner."""
    if staff.staff_id == by:
        raise OwnAccount()
    return replace(staff, disabled=True)
