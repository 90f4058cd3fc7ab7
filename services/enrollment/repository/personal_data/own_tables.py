"""What enrollment holds about a candidate, table by table, and its erasure (ID-20)."""

from collections.abc import AsyncIterator
from typing import Final

from sqlalchemy import ColumnElement, Table, select
from sqlalchemy.dialects.postgresql import insert

from chassis.personal_data.erasure import erase_rows, erase_traces, stop_deliveries
from chassis.personal_data.export import File, export_rows
from chassis.personal_data.own_rows import OWNER, Erasure, OwnRows
from chassis.postgres.database import Database
from services.enrollment.domain.registrations import CorrectionState, IdentityState, Standing
from services.enrollment.errors import OrderHeld, TicketNumberHeld
from services.enrollment.repository.outbox_destinations import IDENTITY, OPEN_CASE, WITHDRAW_CASE
from services.enrollment.tables import (
    checkouts,
    major_changes,
    papers,
    participations,
    passed_courses,
    refund_requests,
    registrations,
    selections,
    standings,
    text_acceptances,
)

DESTINATIONS: Final = (IDENTITY, OPEN_CASE, WITHDRAW_CASE)
"""Where something may be on its way about somebody without an order."""

LAST: Final = 2**62
"""The version of an erased account's standing: nothing that is still on its way is newer."""

ERASED: Final = {
    "version": LAST,
    "details_confirmed": False,
    "phone_verified": False,
    "identity_state": IdentityState.ENDED.value,
    "document_type": Standing("").document_type,
    "correction_state": CorrectionState.NONE.value,
}
"""The standing that stays, so that nothing begins anew under a token that was valid a moment ago."""


def _own(table: Table) -> ColumnElement[bool]:
    return table.c.candidate_id == OWNER


_REGISTERED: Final = select(registrations.c.registration_id).where(_own(registrations))

OWN_TABLES: Final = (
    OwnRows(refund_requests, _own(refund_requests), Erasure.GONE),
    OwnRows(papers, _own(papers), Erasure.GONE),
    OwnRows(checkouts, _own(checkouts), Erasure.GONE, secret=frozenset({"fingerprint"})),
    OwnRows(selections, _own(selections), Erasure.GONE),
    OwnRows(major_changes, major_changes.c.registration_id.in_(_REGISTERED), Erasure.GONE),
    OwnRows(registrations, _own(registrations), Erasure.GONE),
    OwnRows(passed_courses, _own(passed_courses), Erasure.GONE),
    OwnRows(text_acceptances, _own(text_acceptances), Erasure.GONE),
    OwnRows(participations, _own(participations), Erasure.GONE),
    OwnRows(standings, _own(standings), Erasure.BLANKED, ERASED),
)
"""In the order in which they go: what refers to others first."""

CATALOGUE: Final = "the catalogue, which is everybody's"
OTHER_TABLES: Final = {
    **dict.fromkeys(
        (
            "catalogue_revision",
            "schools",
            "majors",
            "courses",
            "districts",
            "hosts",
            "plan_courses",
            "plan_groups",
            "course_equivalents",
            "special_proofs",
            "exam_sessions",
            "sittings",
            "practice_sittings",
            "fees",
            "questions",
        ),
        CATALOGUE,
    ),
    "published_texts": "published to everybody",
    "announcements": "published to everybody",
    "session_notices": "about a session; how far it was told is forgotten as soon as everybody is",
}
"""Tables without anybody's rows, and why."""


class PersonalDataRepository:
    """What enrollment holds about one person."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def export_rows(self, candidate_id: str) -> AsyncIterator[File]:
        """Everything, table by table."""
        return export_rows(self._db, OWN_TABLES, candidate_id)

    async def erase_candidate(self, candidate_id: str) -> None:
        """Erases everything but the standing of an account that has ended.

        Selections are locked before orders are looked for: a checkout locks them too, so of the two one comes first.
        Raises TicketNumberHeld, OrderHeld.
        """
        owner = {"owner_id": candidate_id}
        async with self._db.transaction() as transaction:
            await stop_deliveries(transaction, self._db.schema, DESTINATIONS)
            heard_of = insert(standings).values(candidate_id=candidate_id).on_conflict_do_nothing()
            await transaction.execute(heard_of)
            await transaction.execute(select(standings).where(_own(standings)).with_for_update(), owner)
            held = await transaction.execute(select(registrations).where(_own(registrations)).with_for_update(), owner)
            selected = await transaction.execute(select(selections).where(_own(selections)).with_for_update(), owner)
            rows = [*held, *selected]
            if any(row._mapping.get("ticket_number") for row in rows):
                raise TicketNumberHeld()
            ordered = select(checkouts.c.order_id).where(_own(checkouts)).limit(1)
            if (await transaction.execute(ordered, owner)).first() is not None:
                raise OrderHeld()
            cases = [row.review_case_id for row in rows if row.review_case_id]
            await erase_traces(transaction, candidate_id, cases, DESTINATIONS)
            await erase_rows(transaction, OWN_TABLES, candidate_id)
