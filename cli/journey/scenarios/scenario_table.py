"""Scenarios: what `zikao journey --scenario NAME` plays, each in a module of its own and listed here."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from cli.journey.scenarios import (
    document_types,
    draft_before_opening,
    forgotten_password,
    late_money,
    main_job,
    manual_review,
    phone_change,
    photo_or_details,
    practice_courses,
    receipt_and_reconciliation,
    shared_number,
    special_major,
)
from cli.journey.steps.participants import Participants


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is played, and what it shows in one line."""

    shows: str
    play: Callable[[Participants], Awaitable[None]]


MAIN_JOB = "main-job"

SCENARIOS: Mapping[str, Scenario] = {
    MAIN_JOB: Scenario("a new candidate, an enrolled one, and a portrait of somebody else", main_job.play),
    "documents": Scenario(
        "each type of document, by face match or by review, to its ticket number", document_types.play
    ),
    "draft": Scenario(
        "a selection prepared before the opening, confirmed into an order the moment the operator opens",
        draft_before_opening.play,
    ),
    "late-money": Scenario(
        "money for a cancelled order is attached, money for a replaced one goes back once", late_money.play
    ),
    "manual-review": Scenario("mismatch, manual review, rejection, resubmission, approval", manual_review.play),
    "forgotten-password": Scenario(
        "a password recovered by text message and by e-mail, and nothing for a stranger", forgotten_password.play
    ),
    "phone-change": Scenario(
        "a phone changed by a code, then by review without logging in; the old one is told", phone_change.play
    ),
    "photo-or-details": Scenario(
        "the host school finds fault with a photo; corrected, rejected, approved, and only then paid",
        photo_or_details.play,
    ),
    "practice": Scenario(
        "two schools that conflict, practice courses with review and offline payment, an append, and void at close",
        practice_courses.play,
    ),
    "receipt-and-statement": Scenario(
        "an e-receipt with code, number and link, and a day's signed statement that heals what went unheard",
        receipt_and_reconciliation.play,
    ),
    "shared-number": Scenario(
        "a document number that a stranger registered first is its owner's, who proves it", shared_number.play
    ),
    "special-major": Scenario(
        "a special major: selected under review, paid once its school has approved the proofs", special_major.play
    ),
}
"""The explicit table of scenarios."""
