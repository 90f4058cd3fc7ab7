"""Checkout (结算): all theory drafts of a candidate and session into one payment order (EN-9, EN-10)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from chassis.errors import RequestIdReused
from services.enrollment.domain.catalogue import Catalogue
from services.enrollment.domain.selections import Selection
from services.enrollment.errors import DraftsChanged, NothingToCheckOut, OrderUnsettled


class CheckoutState(Enum):
    """Where a checkout stands; CREATING is UNSETTLED whose order payment has not confirmed yet."""

    CREATING = "CREATING"
    UNSETTLED = "UNSETTLED"
    PAID = "PAID"
    ENDED_UNPAID = "ENDED_UNPAID"


@dataclass(frozen=True, slots=True)
class Checkout:
    """One checkout; the order of the same id is payment's."""

    order_id: str
    candidate_id: str
    session_id: str
    selection_ids: tuple[str, ...]
    total_fen: int
    state: CheckoutState
    undertaking_version: str
    payment_cutoff: datetime
    fingerprint: bytes
    create_time: datetime


@dataclass(frozen=True, slots=True)
class CheckedOut:
    """A checkout with its items, and where its order stands."""

    checkout: Checkout
    items: tuple[Selection, ...]
    state: CheckoutState
    catalogue: Catalogue


class OrderFate(Enum):
    """What payment says about an order."""

    UNKNOWN = "UNKNOWN"
    """Payment does not have it, or cannot be reached: nothing follows from that."""
    UNSETTLED = "UNSETTLED"
    PAID = "PAID"
    ENDED_UNPAID = "ENDED_UNPAID"


def fingerprint(session_id: str, selection_ids: Sequence[str]) -> bytes:
    """What a checkout asked for, so that another body under the same request id is noticed (F-10)."""
    return hashlib.sha256("\n".join((session_id, *sorted(selection_ids))).encode()).digest()


def same_request(earlier: Checkout, asked: bytes) -> Checkout:
    """F-10: a replay is answered with what the first call did. Raises RequestIdReused for another body."""
    if earlier.fingerprint != asked:
        raise RequestIdReused()
    return earlier


def to_check_out(
    drafts: Sequence[Selection], unsettled: Checkout | None, asked_for: Sequence[str]
) -> tuple[Selection, ...]:
    """EN-9, EN-10: all theory drafts, once no earlier order is unsettled.

    Raises OrderUnsettled, NothingToCheckOut; DraftsChanged when the caller named selections and the drafts are others.
    """
    if unsettled is not None:
        raise OrderUnsettled(order_id=unsettled.order_id)
    if not drafts:
        raise NothingToCheckOut()
    if asked_for and set(asked_for) != {draft.selection_id for draft in drafts}:
        raise DraftsChanged()
    return tuple(sorted(drafts, key=lambda draft: draft.course_code))
