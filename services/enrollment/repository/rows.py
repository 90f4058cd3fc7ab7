"""Rows to domain values and back, by the names of their columns and for whichever way they were read."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import asyncpg

from services.enrollment.domain.catalogue import CourseKind, TimeRange
from services.enrollment.domain.checkouts import Checkout, CheckoutState
from services.enrollment.domain.registrations import (
    CorrectionState,
    IdentityState,
    Origin,
    ProofState,
    Registration,
    Standing,
)
from services.enrollment.domain.selections import Selection, SelectionState, VoidReason


class Row(Protocol):
    """Values by the names of their columns."""

    def __getitem__(self, name: str, /) -> Any: ...


class Columns:
    """Columns that are read together: of a row, or as one value inside another row (`ROW`), which PostgreSQL sends
    without their names. `computed` are expressions by name, in which `{0}` stands for the table.
    """

    def __init__(self, *columns: str, **computed: str) -> None:
        plain = {column.partition("::")[0]: f"{{0}}.{column}" for column in columns}
        self._columns = plain | computed

    def of(self, table: str) -> str:
        """The columns for a SELECT or RETURNING."""
        return ", ".join(f"{column.format(table)} AS {name}" for name, column in self._columns.items())

    def row_of(self, table: str) -> str:
        """The columns as one value."""
        return f"ROW({', '.join(column.format(table) for column in self._columns.values())})"

    def named(self, values: Sequence[Any]) -> Row:
        """Such a value, with the names of its columns again."""
        return dict(zip(self._columns, values, strict=True))


SELECTION: Final = Columns(
    "selection_id::text",
    "candidate_id::text",
    "registration_id::text",
    "session_id",
    "course_code",
    "course_kind",
    "fee_fen",
    "state",
    "order_id::text",
    "void_reason",
    "review_case_id::text",
    "create_time",
    "update_time",
    start_time="lower({0}.time_range)",
    end_time="upper({0}.time_range)",
)
REGISTRATION: Final = Columns(
    "registration_id::text",
    "candidate_id::text",
    "school_code",
    "major_code",
    "origin",
    "proof_state",
    "ticket_number",
    "pledge_version",
    "review_case_id::text",
    "create_time",
    "version",
)
CHECKOUT: Final = Columns(
    "order_id::text",
    "candidate_id::text",
    "session_id",
    "selection_ids::text[]",
    "total_fen",
    "state",
    "undertaking_version",
    "payment_cutoff",
    "fingerprint",
    "create_time",
)


def selection(row: Row) -> Selection:
    """A selection from the columns of SELECTION."""
    start_time = row["start_time"]
    return Selection(
        selection_id=row["selection_id"],
        candidate_id=row["candidate_id"],
        registration_id=row["registration_id"],
        session_id=row["session_id"],
        course_code=row["course_code"],
        course_kind=CourseKind(row["course_kind"]),
        fee_fen=row["fee_fen"],
        state=SelectionState(row["state"]),
        occupies=None if start_time is None else TimeRange(start_time, row["end_time"]),
        order_id=row["order_id"] or "",
        void_reason=VoidReason(row["void_reason"]) if row["void_reason"] else None,
        review_case_id=row["review_case_id"] or "",
        create_time=row["create_time"],
        update_time=row["update_time"],
    )


def selection_parameters(selection: Selection) -> Mapping[str, Any]:
    """The row of a new selection, as the parameters of a statement."""
    return {
        "selection_id": selection.selection_id,
        "candidate_id": selection.candidate_id,
        "registration_id": selection.registration_id,
        "session_id": selection.session_id,
        "course_code": selection.course_code,
        "course_kind": selection.course_kind.value,
        "fee_fen": selection.fee_fen,
        "state": selection.state.value,
        "time_range": time_range(selection.occupies),
        "review_case_id": selection.review_case_id or None,
        "now": selection.create_time,
    }


def registration(row: Row) -> Registration:
    """A registration from the columns of REGISTRATION."""
    return Registration(
        registration_id=row["registration_id"],
        candidate_id=row["candidate_id"],
        school_code=row["school_code"],
        major_code=row["major_code"],
        origin=Origin(row["origin"]),
        proof_state=ProofState(row["proof_state"]),
        ticket_number=row["ticket_number"] or "",
        pledge_version=row["pledge_version"],
        review_case_id=row["review_case_id"] or "",
        create_time=row["create_time"],
        version=row["version"],
    )


def of_registration(registration: Registration) -> dict[str, Any]:
    """The row of a new registration."""
    return {
        "registration_id": registration.registration_id,
        "candidate_id": registration.candidate_id,
        "school_code": registration.school_code,
        "major_code": registration.major_code,
        "origin": registration.origin.value,
        "proof_state": registration.proof_state.value,
        "pledge_version": registration.pledge_version,
        "ticket_number": registration.ticket_number or None,
        "review_case_id": registration.review_case_id or None,
        "create_time": registration.create_time,
    }


def checkout(row: Row) -> Checkout:
    """A checkout from the columns of CHECKOUT."""
    return Checkout(
        order_id=row["order_id"],
        candidate_id=row["candidate_id"],
        session_id=row["session_id"],
        selection_ids=tuple(row["selection_ids"]),
        total_fen=row["total_fen"],
        state=CheckoutState(row["state"]),
        undertaking_version=row["undertaking_version"],
        payment_cutoff=row["payment_cutoff"],
        fingerprint=bytes(row["fingerprint"]),
        create_time=row["create_time"],
    )


def standing(candidate_id: str, row: Row) -> Standing:
    """A standing from a row of its table, or of an outer join that found none."""
    if row["version"] is None:
        return Standing(candidate_id)
    return Standing(
        candidate_id,
        row["version"],
        row["details_confirmed"],
        row["phone_verified"],
        IdentityState(row["identity_state"]),
        row["document_type"],
        CorrectionState(row["correction_state"]),
    )


def time_range(occupies: TimeRange | None) -> "asyncpg.Range | None":
    """A range for the driver: closed below, open above."""
    return None if occupies is None else asyncpg.Range(occupies.start, occupies.end)
