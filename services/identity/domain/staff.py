"""Reviewers and operators: their accounts, and whom they may look at (RE-2, OP-1)."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Final

from chassis.errors import NotFound
from services.identity.domain.candidates import Candidate
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
    disable_reason: str = ""
    needs_password_change: bool = True
    has_second_factor: bool = False


@dataclass(frozen=True, slots=True)
class NewStaff:
    """An account that an operator asks for."""

    login_name: str
    display_name: str
    kind: StaffKind
    organisation: str


@dataclass(frozen=True, slots=True)
class Reviewer:
    """A member of an organisation that decides cases (RE-2)."""

    reviewer_id: str
    organisation: str


class Seen(Enum):
    """What a reviewer looks at beside the proofs of a case (RE-7)."""

    PORTRAIT = "PORTRAIT"
    PARTICULARS = "PARTICULARS"


@dataclass(frozen=True, slots=True)
class Inspector:
    """Who looks for faults: a reviewer among the own school's candidates (RE-2), an operator among all."""

    person: Reviewer
    everywhere: bool = False

    def require_sight_of(self, candidate: Candidate) -> None:
        """Raises NotFound for another school's candidate."""
        if not self.everywhere:
            require_own_school(candidate, self.person.organisation)


def require_own_school(candidate: Candidate, organisation: str) -> None:
    """A reviewer knows the own school's candidates only (RE-2). Raises NotFound."""
    if candidate.school_code != organisation:
        raise NotFound()


def require_fitting_organisation(wanted: NewStaff) -> None:
    """Raises OperatorOutsideAuthority (RE-2)."""
    if wanted.kind is StaffKind.OPERATOR and wanted.organisation != AUTHORITY:
        raise OperatorOutsideAuthority()


def require_same_account(present: Staff, wanted: NewStaff) -> None:
    """The repeat of a creation finds the account as it was asked for. Raises LoginNameTaken when it is another's."""
    asked = wanted.kind, wanted.organisation, wanted.display_name
    if (present.kind, present.organisation, present.display_name) != asked:
        raise LoginNameTaken(login_name=wanted.login_name)


def disabled(staff: Staff, reason: str, *, by: str) -> Staff:
    """The account disabled; the same when it is already. Raises OwnAccount when `by` is its owner."""
    require_another(staff, by=by)
    return staff if staff.disabled else replace(staff, disabled=True, disable_reason=reason)


def require_another(staff: Staff, *, by: str) -> None:
    """Raises OwnAccount when `by` is the account's owner."""
    if staff.staff_id == by:
        raise OwnAccount()
