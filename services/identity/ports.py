"""What identity needs from outside: its own store, and the world beyond it."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Protocol

from services.identity.domain.candidate import Answer, Candidate
from services.identity.domain.corrections import Correction, CorrectionState
from services.identity.domain.documents import Document
from services.identity.domain.logins import Account, Credentials, LoginSession, RefreshToken
from services.identity.domain.notices import Notice
from services.identity.domain.phone_changes import PhoneChange, Proof
from services.identity.domain.photos import Inspection
from services.identity.domain.recoveries import PasswordRecovery
from services.identity.domain.staff import Staff


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


class Logins(Protocol):
    """Passwords, login sessions and refresh tokens."""

    async def find(self, login_name: str) -> Credentials | None:
        """Whom a document number, ticket number or staff login name means, in this order."""
        ...

    async def credentials(self, subject_id: str) -> Credentials | None:
        """The account `subject_id`, of a candidate or of staff."""
        ...

    async def set_password(self, subject_id: str, password_hash: str, *, expected: str | None, at: datetime) -> bool:
        """Another password hash; False when the one in force is not `expected` (None: none of their own yet)."""
        ...

    async def open(self, session: LoginSession, token_hash: bytes) -> None:
        """A login session with its first refresh token; the account's oldest ones end when there are too many."""
        ...

    async def rotate(
        self, used: bytes, fresh: bytes, *, at: datetime, expire_time: datetime
    ) -> tuple[str, Account] | None:
        """Uses up one refresh token and keeps the next: the login session's id and its account; None when the token
        did not work.
        """
        ...

    async def refresh_token(self, token_hash: bytes) -> RefreshToken | None:
        """What became of a refresh token."""
        ...

    async def live(self, subject_id: str, *, at: datetime) -> Sequence[LoginSession]:
        """The account's live login sessions, the newest first."""
        ...

    async def end(self, login_session_id: str, *, at: datetime) -> None:
        """Ends a login session, whoever's it is."""
        ...

    async def end_own(self, login_session_id: str, subject_id: str, *, at: datetime) -> None:
        """Ends a login session if it is the account's."""
        ...

    async def end_all(self, subject_id: str, *, at: datetime) -> int:
        """Ends the account's login sessions; says how many were live."""
        ...

    async def forget_ended(self, before: datetime) -> int:
        """Removes login sessions that ended or expired before an instant."""
        ...


class PasswordRecoveries(Protocol):
    """Recoveries of forgotten passwords (ID-4). Whoever sends codes is told with a new one."""

    async def add(self, recovery: PasswordRecovery) -> None:
        """A new recovery, for nobody too; its code is to be sent."""
        ...

    async def get(self, password_recovery_id: str) -> PasswordRecovery | None:
        """The recovery."""
        ...

    async def send_to(self, password_recovery_id: str, address: str, *, at: datetime, most: int) -> bool:
        """Notes that the code goes to `address`; False when it has expired, or when `most` codes went there already in
        the sending window.
        """
        ...

    async def attempt(self, password_recovery_id: str, *, at: datetime) -> PasswordRecovery | None:
        """Counts an attempt at the code; None when it was not sent, is used, has expired or has no attempts left."""
        ...

    async def complete(self, recovery: PasswordRecovery, *, at: datetime) -> bool:
        """Uses the code up, and all others of the account; False when it was used already."""
        ...

    async def forget_expired(self, before: datetime) -> int:
        """Removes recoveries that expired before an instant."""
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


class Passwords(Protocol):
    """Hashes passwords, in bounded time and number. Raises Overloaded when too many wait."""

    def require_room(self) -> None:
        """Raises Overloaded when too many wait now: asked before a try is counted."""
        ...

    async def hashed(self, password: str) -> str:
        """The hash to keep."""
        ...

    async def fits(self, password: str, password_hash: str | None) -> bool:
        """Whether the password is the one hashed. Without a hash: False, after the same work."""
        ...


class AccessTokens(Protocol):
    """Issues access tokens."""

    def issue(self, account: Account, login_session_id: str) -> str:
        """A token that proves the account for ACCESS_TTL."""
        ...


class PhotoChecker(Protocol):
    """Looks at uploaded photos and normalises them. Raises Overloaded when too many wait."""

    async def inspect(self, upload: bytes) -> Inspection:
        """What the upload is, and the normalised photo where it can be had."""
        ...


class ProofImages(Protocol):
    """Checks and re-encodes proof images. Raises Overloaded when too many wait."""

    async def checked(self, upload: bytes) -> bytes:
        """The image as JPEG without metadata. Raises ImageRefused."""
        ...


class BlobStore(Protocol):
    """Keeps images outside the database (RE-3), unreadable without the service's key."""

    async def put(self, key: str, content: bytes) -> None:
        """Keeps an image."""
        ...

    async def get(self, key: str) -> bytes:
        """The image. Raises NotFound."""
        ...

    async def delete(self, key: str) -> None:
        """Removes an image; one that is gone is no error."""
        ...


@dataclass(frozen=True, slots=True)
class Likeness:
    """What the register compares."""

    document: Document
    name: str = field(repr=False)
    portrait: bytes = field(repr=False)


class FaceMatcher(Protocol):
    """The police register (公安人像比对, ID-7)."""

    async def match(self, likeness: Likeness) -> Answer:
        """What the register says. Raises RegisterUnavailable when it says nothing in time, or nothing that makes sense
        (F-18).
        """
        ...


class Seen(Enum):
    """What a reviewer looks at beside the proofs of a case."""

    PORTRAIT = "PORTRAIT"
    PARTICULARS = "PARTICULARS"


@dataclass(frozen=True, slots=True)
class Reviewer:
    """A member of an organisation that decides cases (RE-2)."""

    reviewer_id: str
    organisation: str


class Looks(Protocol):
    """Review's word on who may look at the person of a case."""

    async def admit(self, case_id: str, reviewer: Reviewer, seen: Seen) -> str:
        """The candidate of the case, once the look is on record (RE-7). Raises review's refusal (RE-2, RE-3)."""
        ...

    async def note(self, candidate_id: str, viewer: Reviewer) -> None:
        """Puts a look at a portrait outside a case on record (RE-7)."""
        ...


class CorrectionCases(Protocol):
    """The host school's desk for corrections (EN-4)."""

    async def hand_in(self, candidate: Candidate, correction: Correction, portrait: bytes) -> None:
        """Adds the portrait to the correction's case and submits it, once for each submission. Raises ProofsMissing."""
        ...


class PhoneChangeCases(Protocol):
    """The exam authority's desk (ID-11)."""

    async def hand_in(self, change: PhoneChange, candidate: Candidate, images: Mapping[Proof, bytes]) -> None:
        """Opens the request's case, adds the images of this submission and submits it; what was done before is not
        done again.
        """
        ...


class Channel(Enum):
    """How a message travels."""

    SMS = "SMS"
    EMAIL = "EMAIL"


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message to a person. `to` is a phone in E.164 or an e-mail address; `message_id` makes sending it twice
    harmless.
    """

    message_id: str
    channel: Channel
    to: str = field(repr=False)
    template: str
    text: str = field(repr=False)


class MessageSender(Protocol):
    """Sends text messages and e-mails."""

    async def send(self, message: OutgoingMessage) -> None:
        """Hands a message over. Raises MessagesUnavailable, or of its kind MessageInDoubt."""
        ...
