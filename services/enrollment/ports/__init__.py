"""What the use cases need from outside: the stores of this service, and the other services."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from chassis.clock import Clock
from services.enrollment.domain.catalogue import Catalogue, ExamSession, Text
from services.enrollment.domain.checkout import Checkout, CheckoutState, Desk
from services.enrollment.domain.gates import Facts
from services.enrollment.domain.importing import Change, Held, Tables
from services.enrollment.domain.questionnaire import Answer
from services.enrollment.domain.registration import ProofState, Registration, Standing, TicketNumbers
from services.enrollment.domain.selection import Selection, SelectionState, VoidReason
from services.enrollment.ports.planning import Planner, Sheets
from services.enrollment.ports.practice import Closing, Practice, Rosters


class Catalogues(Protocol):
    """The catalogue, kept in the process and never older than what is asked for."""

    async def current(self) -> Catalogue:
        """The catalogue as it was at most a second ago: for reading."""
        ...

    async def latest(self) -> Catalogue:
        """The catalogue as it is now: for deciding where no facts are read beside it."""
        ...

    async def at(self, revision: int) -> Catalogue:
        """The catalogue at this revision or a later one: for deciding."""
        ...


class ImportWork(Protocol):
    """The catalogue's tables, locked for an import until the block ends."""

    @property
    def tables(self) -> Tables:
        """The tables as the import finds them."""
        ...

    @property
    def held(self) -> Held:
        """What the import may not move."""
        ...

    async def apply(self, changes: Iterable[Change]) -> None:
        """Writes the changes and moves the catalogue's revision on."""
        ...


class CatalogueStore(Protocol):
    """Changes of the catalogue."""

    def importing(self, *, timetable: bool) -> AbstractAsyncContextManager[ImportWork]:
        """One import at a time; with `timetable`, selections wait until it is through."""
        ...

    async def save_session(self, before: ExamSession, after: ExamSession) -> ExamSession | None:
        """Saves a session if it is still at the version of `before`; None otherwise."""
        ...

    async def end_session(self, before: ExamSession, after: ExamSession) -> ExamSession | None:
        """The same for a session that ends: no selection in flight is overlooked."""
        ...


class Desks(Protocol):
    """What a candidate has, read in one statement each."""

    async def facts(self, candidate_id: str, session_id: str) -> Facts:
        """What the gates look at."""
        ...

    async def desk(self, candidate_id: str, session_id: str, order_id: str) -> Desk:
        """Facts, live selections, the unsettled checkout, and the checkout of `order_id` if it exists."""
        ...

    async def overview(self, candidate_id: str, session_id: str) -> Desk:
        """The same with the selections that ended, but for those the candidate took back."""
        ...

    async def live(self, candidate_id: str) -> tuple[Selection, ...]:
        """The candidate's live selections in all sessions."""
        ...


class CaseKind(Enum):
    """The review cases that enrollment opens (RE-1)."""

    SPECIAL_MAJOR = "SPECIAL_MAJOR"
    PRACTICE_COURSE = "PRACTICE_COURSE"


@dataclass(frozen=True, slots=True)
class CaseToOpen:
    """A review case: its id is derived from its subject, so that it is opened once."""

    case_id: str
    kind: CaseKind
    candidate_id: str
    subject_id: str
    school_code: str


class Selections(Protocol):
    """Selections and checkouts, each changed by one guarded statement."""

    async def place(self, selection: Selection, *, revision: int, case: CaseToOpen | None) -> bool:
        """Takes a selection, with the case to open where the school reviews it first.

        False when the catalogue has moved on from `revision`, the course is held, or the time is taken.
        """
        ...

    async def get(self, candidate_id: str, selection_id: str) -> Selection | None:
        """The candidate's selection."""
        ...

    async def remove(self, selection: Selection, now: datetime) -> Selection | None:
        """Takes a selection back if it is still in the state it was read in; None otherwise."""
        ...

    async def swap(self, old: Selection, new: Selection, *, revision: int, case: CaseToOpen | None) -> bool:
        """Takes one selection back and places another, both or neither (EN-5).

        Neither when the old one is no longer in the state it was read in, or for one of the reasons of `place`.
        """
        ...

    async def confirm(
        self, draft: Sequence[Selection], cases: Sequence[CaseToOpen], *, revision: int, now: datetime
    ) -> bool:
        """Makes one candidate's prepared selections live as they are given, with the cases to open: all or none.

        False when one of them has changed, or the catalogue has moved on from `revision`.
        """
        ...

    async def reserve(
        self,
        checkout: Checkout,
        drafts: Sequence[Selection],
        names: Mapping[str, str],
        *,
        revision: int,
        later: datetime,
    ) -> bool:
        """Reserves exactly these drafts and notes the order to create, due at `later` unless it is settled before.

        False when a draft or the catalogue has changed, another checkout is unsettled, or this one exists.
        """
        ...

    def order_exists(self, order_id: str) -> None:
        """Says that payment has the order: the noted intent need not be carried out any more."""
        ...

    async def passed_courses(self, candidate_id: str) -> frozenset[str]:
        """The courses the candidate has passed."""
        ...


class Participations(Protocol):
    """What a candidate does for one session."""

    async def submit_answers(
        self, candidate_id: str, session_id: str, answers: Sequence[Answer], now: datetime
    ) -> tuple[bool, datetime]:
        """Keeps the answers if there are none yet. Tells whether the ones kept are these, and since when."""
        ...

    async def acknowledge(self, candidate_id: str, session_id: str, notice: Text, now: datetime) -> None:
        """Keeps that the notice was read."""
        ...

    async def prefer_district(self, candidate_id: str, session_id: str, district_code: str) -> None:
        """Keeps the district preferred."""
        ...


class Registrations(Protocol):
    """Registrations, for reading."""

    async def of(self, candidate_id: str) -> tuple[Registration, ...]:
        """The candidate's registrations, the oldest first."""
        ...

    async def get(self, registration_id: str) -> Registration | None:
        """A registration."""
        ...

    async def of_all(self, candidate_ids: Iterable[str]) -> Mapping[str, tuple[Registration, ...]]:
        """The registrations of these candidates."""
        ...

    async def by_ticket_number(self, ticket_numbers: Iterable[str]) -> Mapping[str, Registration]:
        """The registrations that hold these ticket numbers."""
        ...

    async def passed(self, candidate_ids: Iterable[str]) -> Mapping[str, frozenset[str]]:
        """The courses each of these candidates has passed."""
        ...


class Changes(Protocol):
    """Changes that stand or fall together, in one transaction, with the events they cause."""

    async def lock_standing(self, candidate_id: str) -> Standing:
        """The standing, locked: whoever registers or hears of a standing waits for the other here."""
        ...

    async def keep_standing(self, standing: Standing) -> None:
        """Keeps a standing unless a newer one is kept already."""
        ...

    async def registrations_of(self, candidate_id: str) -> tuple[Registration, ...]:
        """The candidate's registrations, the oldest first."""
        ...

    async def registration(self, registration_id: str) -> Registration | None:
        """A registration, locked."""
        ...

    async def add_registration(self, registration: Registration, case: CaseToOpen | None) -> bool:
        """Adds a registration, with the case to open where its proofs are reviewed.

        False when the candidate has it already, or the ticket number belongs to another.
        """
        ...

    async def add_enrolled(self, registrations: Sequence[Registration]) -> bool:
        """Adds registrations that have their ticket numbers already; False when one is held already, or its number."""
        ...

    async def accept_text(self, candidate_id: str, text: Text, now: datetime) -> None:
        """Records that a text was accepted in its version."""
        ...

    async def set_proof_state(self, registration_id: str, state: ProofState) -> None:
        """Moves the proofs of a registration on."""
        ...

    async def change_major(
        self, before: Registration, major_code: str, reason: str, operator_id: str, now: datetime
    ) -> None:
        """Changes the major, with who did it and why."""
        ...

    async def has_live_selections(self, registration_id: str) -> bool:
        """Whether courses are selected under the registration."""
        ...

    async def draw_ticket_numbers(self, count: int) -> Sequence[int]:
        """The next running numbers; drawn once, whether they are used or not."""
        ...

    async def unused(self, ticket_numbers: Sequence[str]) -> Sequence[str]:
        """Those that belong to no registration, in their order."""
        ...

    async def issue(self, registration: Registration, ticket_number: str) -> bool:
        """Gives a registration its ticket number and announces it. False when the number is taken."""
        ...

    async def add_passed(self, passed: Iterable[tuple[str, str]]) -> None:
        """Records passed courses: candidate's id and course code."""
        ...

    async def settle(self, order_ids: Sequence[str], state: CheckoutState) -> Sequence[Checkout]:
        """Settles checkouts; the answer leaves out those that are paid already or that enrollment never made."""
        ...

    async def make_effective(self, paid: Mapping[str, Sequence[str]], now: datetime) -> Mapping[str, frozenset[str]]:
        """Makes paid selections, by order, count where they are held; the answer names those that count by their
        order.
        """
        ...

    async def release(
        self,
        order_id: str,
        selection_ids: Sequence[str],
        to: SelectionState,
        reason: VoidReason | None,
        now: datetime,
    ) -> None:
        """Releases what an order had reserved."""
        ...

    async def hold_again(self, order_id: str, selection_ids: Sequence[str], now: datetime) -> bool:
        """Reserves released drafts for their old order again: all of them, or none."""
        ...

    async def refunded(self, selection_ids: Sequence[str], now: datetime) -> None:
        """Ends selections whose money was given back."""
        ...

    async def decide_practice(
        self, selection_id: str, to: SelectionState, reason: VoidReason | None, now: datetime
    ) -> None:
        """Moves a practice selection on after its review."""
        ...

    async def ask_refund(self, order_id: str, selection_ids: Sequence[str]) -> None:
        """Notes that payment shall give the money of these items back."""
        ...

    async def decide_late_money(self, order_id: str, *, attach: bool) -> None:
        """Notes what payment shall do with money that arrived late."""
        ...

    async def new_students(self, school_code: str, major_code: str) -> int:
        """EN-4: how many new students a school has in a major; who counts waits until the one before is through."""
        ...


UnitOfWork = Callable[[], AbstractAsyncContextManager[Changes]]
"""Opens a transaction for `Changes`: committed when the block ends, undone when it raises."""


class Standings(Protocol):
    """Identity."""

    async def fresh(self, candidate_id: str) -> Standing | None:
        """The standing as it is now; None when identity cannot be reached in time."""
        ...


class OrderFate(Enum):
    """What payment says about an order."""

    UNKNOWN = "UNKNOWN"
    """Payment does not have it, or cannot be reached: nothing follows from that."""
    UNSETTLED = "UNSETTLED"
    PAID = "PAID"
    ENDED_UNPAID = "ENDED_UNPAID"


class Orders(Protocol):
    """Payment."""

    async def create(self, checkout: Checkout, drafts: Sequence[Selection], names: Mapping[str, str]) -> OrderFate:
        """Creates the order of a checkout, or finds it; UNKNOWN when that cannot be done now.

        Raises OrderRefused when payment will never make it.
        """
        ...

    async def fate(self, order_id: str) -> OrderFate:
        """Where an order stands. Never raises."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything the use cases work with."""

    clock: Clock
    tickets: TicketNumbers
    catalogues: Catalogues
    catalogue_store: CatalogueStore
    desks: Desks
    selections: Selections
    participations: Participations
    registrations: Registrations
    begin: UnitOfWork
    standings: Standings
    orders: Orders
    practice: Practice
    closing: Closing
    rosters: Rosters
    planner: Planner
    sheets: Sheets
