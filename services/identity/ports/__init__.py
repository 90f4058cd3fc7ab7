"""What identity needs from outside: its own store here, the world beyond it in the modules beside."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.identity.domain.candidate import Candidate
from services.identity.domain.corrections import CorrectionState
from services.identity.domain.documents import Document
from services.identity.domain.notices import Notice
from services.identity.domain.phone_changes import PhoneChange
from services.identity.domain.staff import Staff
from services.identity.ports.logins import Logins, PasswordRecoveries


@dataclass(frozen=True, slots=True)
class CandidateFilter:
    """Which candidates are asked for: a school's or, when it is empty, all; at any stage of a correction or one."""

    school_code: str = ""
    correction_state: CorrectionState | None = None


class Candidates(Protocol):
    """Accounts of candidates. Whoever follows a candidate's standing is told with the change itself."""

    async def get(self, candidate_id: str) -> Candidate:
        """The account as it is. Raises NotFound."""
        ...

    async def add(self, candidate: Candidate, password_hash: str) -> None:
        """A new account with its password. Raises AlreadyRegistered when the person has one (ID-13)."""
        ...

    async def add_all(self, candidates: Sequence[Candidate]) -> frozenset[str]:
        """New accounts without passwords of their own (ID-3); the ids of those made. Who has an account already is
        left out.
        """
        ...

    async def find_persons(self, documents: Sequence[Document]) -> dict[str, str]:
        """The candidate ids of the persons that have accounts, by person key."""
        ...

    async def of_person(self, document: Document) -> Candidate | None:
        """The account of the person whose document it is."""
        ...

    async def replace(self, before: Candidate, after: Candidate) -> bool:
        """`after` in place of `before`; False when the account has changed since `before` was read.

        A review case named by `after` and not by `before` is opened, now or, while review is away, later; a correction
        that was asked for, handed in or decided is taken to review and told to the candidate likewise.
        """
        ...

    async def page(
        self, wanted: CandidateFilter, *, after: tuple[datetime, str] | None, size: int
    ) -> Sequence[Candidate]:
        """Candidates, the newest first, after the creation time and id of the last one of the page before."""
        ...

    async def add_login_name(self, candidate_id: str, ticket_number: str, at: datetime) -> None:
        """A ticket number as a further name to log in with (ID-1); one that is known already stays as it is."""
        ...


class PhoneChanges(Protocol):
    """Requests to change a phone by review (ID-11). Whoever carries them out is told with the change itself."""

    async def add(self, change: PhoneChange) -> None:
        """A new request."""
        ...

    async def get(self, phone_change_id: str) -> PhoneChange:
        """The request as it is kept. Raises NotFound."""
        ...

    async def replace(self, before: PhoneChange, after: PhoneChange) -> bool:
        """`after` in place of `before`; False when the request has changed since `before` was read.

        A submission is handed to review, an approval takes effect at its time, and the phones are told, now or later.
        """
        ...

    async def over_with_images(self, before: datetime, most: int) -> Sequence[PhoneChange]:
        """Requests that have been over since before an instant and still have images."""
        ...


class RegistrationWindows(Protocol):
    """When registration is open, as enrollment announced it (ID-10)."""

    async def note(self, session_id: str, start: datetime, end: datetime, version: int) -> None:
        """Keeps the newest version of a session's window."""
        ...

    async def any_open(self, *, at: datetime) -> bool:
        """Whether candidates may register for some session."""
        ...


class Notices(Protocol):
    """What candidates are to be told (EN-6)."""

    async def add(self, notice: Notice, at: datetime) -> None:
        """The notice is sent until it is handed over."""
        ...


class StaffAccounts(Protocol):
    """Accounts of reviewers and operators."""

    async def get(self, staff_id: str) -> Staff:
        """The account. Raises NotFound."""
        ...

    async def add(self, staff: Staff, password_hash: str) -> Staff:
        """A new account with its initial password, or the account that has the login name already."""
        ...

    async def page(self, organisation: str, after: str, size: int) -> Sequence[Staff]:
        """Accounts by login name, after a login name; of one organisation, or of all when it is empty."""
        ...

    async def disable(self, staff_id: str) -> None:
        """The account can log in no more."""
        ...

    async def password_chosen(self, staff_id: str) -> None:
        """The initial password stands no longer."""
        ...


class Store(Protocol):
    """What identity keeps. Each call stands alone, but for those on the store that a transaction gives."""

    @property
    def candidates(self) -> Candidates:
        """Candidates."""
        ...

    @property
    def logins(self) -> Logins:
        """Passwords and login sessions."""
        ...

    @property
    def staff(self) -> StaffAccounts:
        """Staff."""
        ...

    @property
    def recoveries(self) -> PasswordRecoveries:
        """Recoveries of passwords."""
        ...

    @property
    def phone_changes(self) -> PhoneChanges:
        """Phone changes by review."""
        ...

    @property
    def windows(self) -> RegistrationWindows:
        """Registration windows."""
        ...

    @property
    def notices(self) -> Notices:
        """What candidates are to be told."""
        ...

    def transaction(self) -> AbstractAsyncContextManager["Store"]:
        """A store whose changes stand together or not at all."""
        ...
