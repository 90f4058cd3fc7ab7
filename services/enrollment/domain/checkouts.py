"""Checkout (结算): all theory drafts of a candidate and session into one payment order (EN-9, EN-10)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from chassis.errors import RequestIdReused
from services.enrollment.domain.catalogue import Catalogue
from services.enrollment.domain.course_rules.selection_rechecks import recheck, unmet_of
from services.enrollment.domain.gates import GateContext
from services.enrollment.domain.selections import Selection
from services.enrollment.errors import CheckoutRefused, DraftsChanged, FeesChanged, NothingToCheckOut, OrderUnsettled


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


@dataclass(frozen=True, slots=True)
class SeenBasket:
    """What the candidate saw and means to check out: the selections, none for all drafts, and their total in fen, 0 for
    whatever it is.
    """

    selection_ids: tuple[str, ...] = ()
    total_fen: int = 0


class OrderFate(Enum):
    """What payment says about an order."""

    UNKNOWN = "UNKNOWN"
    """Payment does not have it, or cannot be reached: nothing follows from that."""
    UNSETTLED = "UNSETTLED"
    PAID = "PAID"
    ENDED_UNPAID = "ENDED_UNPAID"


def fingerprint(session_id: str, seen: SeenBasket) -> bytes:
    """What a checkout asked for, so that another body under the same request id is noticed (F-10)."""
    asked = session_id, str(seen.total_fen), *sorted(seen.selection_ids)
    return hashlib.sha256("\n".join(asked).encode()).digest()


def same_request(earlier: Checkout, asked: bytes) -> Checkout:
    """F-10: a replay is answered with what the first call did. Raises RequestIdReused for another body."""
    if earlier.fingerprint != asked:
        raise RequestIdReused()
    return earlier


def to_check_out(
    drafts: Sequence[Selection], unsettled: Checkout | None, seen: SeenBasket, context: GateContext
) -> tuple[Selection, ...]:
    """EN-9, EN-10, EN-15: all theory drafts at the fee of this moment, once no earlier order is unsettled, and while
    each could be chosen now as well.

    Raises OrderUnsettled, NothingToCheckOut; DraftsChanged and FeesChanged when the caller saw something else;
    CheckoutRefused naming every course that cannot be taken any more, and why.
    """
    if unsettled is not None:
        raise OrderUnsettled(order_id=unsettled.order_id)
    if not drafts:
        raise NothingToCheckOut()
    if seen.selection_ids and set(seen.selection_ids) != {draft.selection_id for draft in drafts}:
        raise DraftsChanged()
    rechecks = [recheck(draft, context) for draft in drafts]
    if refused := unmet_of(rechecks):
        raise CheckoutRefused(unmet=refused, count=str(len(refused)))
    total_fen = sum(one.fee_fen for one in rechecks)
    if seen.total_fen not in (0, total_fen):
        raise FeesChanged(seen_total_yuan=_yuan(seen.total_fen), total_yuan=_yuan(total_fen))
    priced = (replace(one.selection, fee_fen=one.fee_fen) for one in rechecks)
    return tuple(sorted(priced, key=lambda draft: draft.course_code))


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"
