"""Rows to domain values and back, for whichever way they were read."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import asyncpg

from services.enrollment.domain.catalogue import CourseKind, TimeRange
from services.enrollment.domain.checkout import Checkout, CheckoutState
from services.enrollment.domain.registration import (
    CorrectionState,
    IdentityState,
    Origin,
    ProofState,
    Registration,
    Standing,
)
from services.enrollment.domain.selection import Selection, SelectionState, VoidReason

SELECTION_COLUMNS: Final = (
    "selection_id::text, candidate_id::text, registration_id::text, session_id, course_code, course_kind, fee_fen, "
    "state, lower(time_range), upper(time_range), order_id::text, void_reason, review_case_id::text, "
    "create_time, update_time"
)
REGISTRATION_COLUMNS: Final = (
    "registration_id::text, candidate_id::text, school_code, major_code, origin, proof_state, ticket_number, "
    "pledge_version, review_case_id::text, create_time, version"
)
CHECKOUT_COLUMNS: Final = (
    "order_id::text, candidate_id::text, session_id, selection_ids::text[], total_fen, state, undertaking_version, "
    "payment_cutoff, fingerprint, create_time"
)


def selection_columns(alias: str) -> str:
    """SELECTION_COLUMNS of a table under another name."""
    return re.sub(r"\b(?!lower|upper|text)([a-z_]{3,})\b", rf"{alias}.\1", SELECTION_COLUMNS)


def selection(values: Sequence[Any]) -> Selection:
    """A selection from SELECTION_COLUMNS."""
    start, end = values[8], values[9]
    return Selection(
        selection_id=values[0],
        candidate_id=values[1],
        registration_id=values[2],
        session_id=values[3],
        course_code=values[4],
        course_kind=CourseKind(values[5]),
        fee_fen=values[6],
        state=SelectionState(values[7]),
        occupies=None if start is None else TimeRange(start, end),
        order_id=values[10] or "",
        void_reason=VoidReason(values[11]) if values[11] else None,
        review_case_id=values[12] or "",
        create_time=values[13],
        update_time=values[14],
    )


def registration(values: Sequence[Any]) -> Registration:
    """A registration from REGISTRATION_COLUMNS."""
    return Registration(
        registration_id=values[0],
        candidate_id=values[1],
        school_code=values[2],
        major_code=values[3],
        origin=Origin(values[4]),
        proof_state=ProofState(values[5]),
        ticket_number=values[6] or "",
        pledge_version=values[7],
        review_case_id=values[8] or "",
        create_time=values[9],
        version=values[10],
    )


def registration_row(registration: Registration) -> dict[str, Any]:
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


def checkout(values: Sequence[Any]) -> Checkout:
    """A checkout from CHECKOUT_COLUMNS."""
    return Checkout(
        order_id=values[0],
        candidate_id=values[1],
        session_id=values[2],
        selection_ids=tuple(values[3]),
        total_fen=values[4],
        state=CheckoutState(values[5]),
        undertaking_version=values[6],
        payment_cutoff=values[7],
        fingerprint=bytes(values[8]),
        create_time=values[9],
    )


def standing(candidate_id: str, values: Mapping[str, Any]) -> Standing:
    """A standing from a row of its table, or of an outer join that found none."""
    if values["version"] is None:
        return Standing(candidate_id)
    return Standing(
        candidate_id,
        values["version"],
        values["details_confirmed"],
        values["phone_verified"],
        IdentityState(values["identity_state"]),
        values["document_type"],
        CorrectionState(values["correction_state"]),
    )


def time_range(occupies: TimeRange | None) -> "asyncpg.Range | None":
    """A range for the driver: closed below, open above."""
    return None if occupies is None else asyncpg.Range(occupies.start, occupies.end)
