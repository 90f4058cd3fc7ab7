"""Accounts of candidates: one statement each, with the events in it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from chassis.errors import NotFound, Refusal
from chassis.events import outbox as chassis_outbox
from chassis.postgres.database import violated_constraint
from chassis.postgres.keyset_pages import rows_after
from services.identity.domain.candidates import Candidate, CandidateFilter, standing, standing_changed
from services.identity.domain.documents import Document, normal_form
from services.identity.domain.required_corrections import FollowUp, follow_ups
from services.identity.errors import AlreadyRegistered
from services.identity.mapping.candidates import standing_changed_event
from services.identity.mapping.corrections import correction_task
from services.identity.mapping.review_cases import correction_case, identity_case
from services.identity.repository.candidate_rows import candidate_from, candidate_row
from services.identity.repository.outbox_destinations import CORRECTIONS, FOLLOWER, IMPORTS, REVIEW_CASES
from services.identity.repository.repository_base import Repository
from services.identity.tables import ONE_ACCOUNT_PER_PERSON, candidates, credentials, login_names, outbox

REFUSED_BY: Final[Mapping[str, type[Refusal]]] = {
    ONE_ACCOUNT_PER_PERSON: AlreadyRegistered,
    # The same request twice at once: ids are derived from it.
    "candidates_pkey": AlreadyRegistered,
    "credentials_pkey": AlreadyRegistered,
}

HELD_BACK: Final = timedelta(seconds=5)
"""A correction is usually handed in at once; the row in the outbox is for the time when that failed."""

FIXED: Final = ("candidate_id", "document_type", "document_cipher", "person_index", "create_time", "enrolled")
"""Columns that no change touches."""

_ADD_ALL: Final = (
    upsert(candidates).on_conflict_do_nothing(constraint=ONE_ACCOUNT_PER_PERSON).returning(candidates.c.candidate_id)
)


class CandidateRepository(Repository):
    """Candidates in PostgreSQL. Whoever follows a candidate's standing is told with the change itself."""

    async def get_candidate(self, candidate_id: str) -> Candidate:
        """The account as it is. Raises NotFound."""
        row = await self._execution.fetch_one(select(candidates).where(candidates.c.candidate_id == candidate_id))
        if row is None:
            raise NotFound()
        return candidate_from(row, self._sealer)

    async def add_candidate(self, candidate: Candidate, password_hash: str) -> None:
        """A new account with its password. Raises AlreadyRegistered when the person has one (ID-13)."""
        credential = {
            "subject_id": candidate.candidate_id,
            "password_hash": password_hash,
            "update_time": candidate.create_time,
        }
        statement = (
            insert(candidates)
            .values(candidate_row(candidate, self._sealer))
            .add_cte(
                insert(credentials).values(credential).cte("credential"),
                insert(outbox).values(_standing_row(candidate)).cte("told"),
            )
        )
        try:
            await self._execution.execute(statement)
        except IntegrityError as refused:
            refusal = REFUSED_BY.get(violated_constraint(refused) or "")
            if refusal is None:
                raise
            raise refusal() from refused
        self._outbox_written()

    async def add_enrolled_candidates(self, new: Sequence[Candidate]) -> frozenset[str]:
        """New accounts without passwords of their own (ID-3); the ids of those made. Who has an account already is
        left out.
        """
        if not new:
            return frozenset()
        # Two imports that name the same persons wait for each other in one order.
        rows = sorted((candidate_row(candidate, self._sealer) for candidate in new), key=itemgetter("person_index"))
        made = frozenset(row.candidate_id for row in await self._execution.fetch(_ADD_ALL, rows))
        told = [_standing_row(candidate, IMPORTS) for candidate in new if candidate.candidate_id in made]
        if told:
            await self._execution.execute(insert(outbox), told)
        return made

    async def find_candidate_ids(self, documents: Sequence[Document]) -> dict[str, str]:
        """The candidate ids of the persons that have accounts, by person key."""
        by_index = {self._sealer.person_index(document.person_key): document.person_key for document in documents}
        statement = select(candidates.c.person_index, candidates.c.candidate_id).where(
            candidates.c.person_index.in_(by_index)
        )
        return {by_index[row.person_index]: row.candidate_id for row in await self._execution.fetch(statement)}

    async def find_candidate_by_document(self, document: Document) -> Candidate | None:
        """The account of the person whose document it is."""
        index = self._sealer.person_index(document.person_key)
        row = await self._execution.fetch_one(select(candidates).where(candidates.c.person_index == index))
        return None if row is None else candidate_from(row, self._sealer)

    async def replace_candidate(self, before: Candidate, after: Candidate) -> bool:
        """`after` in place of `before`; False when the account has changed since `before` was read.

        One statement, with what others must learn inside: a review case named by `after` and not by `before` is opened,
        now or, while review is away, later; a correction that was asked for, handed in or decided is taken to review
        and told to the candidate likewise.
        """
        row = candidate_row(after, self._sealer)
        return await self._replace(candidates, before, row, FIXED, _news(before, after))

    async def list_candidates(
        self, wanted: CandidateFilter, after: tuple[datetime, str] | None, size: int
    ) -> Sequence[Candidate]:
        """Candidates, the newest first, after the creation time and id of the last one of the page before."""
        statement = select(candidates).order_by(candidates.c.create_time.desc(), candidates.c.candidate_id.desc())
        if wanted.school_code:
            statement = statement.where(candidates.c.school_code == wanted.school_code)
        if wanted.correction_state is not None:
            statement = statement.where(candidates.c.correction_state == wanted.correction_state.value)
        order = candidates.c.create_time, candidates.c.candidate_id
        statement = statement.where(rows_after(after, *order, newest_first=True))
        return [candidate_from(row, self._sealer) for row in await self._execution.fetch(statement.limit(size))]

    async def named_portrait_keys(self, keys: Sequence[str]) -> frozenset[str]:
        """Those of some keys of images that are the portrait of an account."""
        owners = {key.partition("/")[0] for key in keys}
        statement = select(candidates.c.portrait_key).where(
            candidates.c.candidate_id.in_(owners), candidates.c.portrait_key.in_(keys)
        )
        return frozenset(row.portrait_key for row in await self._execution.fetch(statement))

    async def add_ticket_number(self, candidate_id: str, ticket_number: str, at: datetime) -> None:
        """A ticket number as a further name to log in with (ID-1); one that is known already stays as it is."""
        row = {
            "name_index": self._sealer.ticket_index(normal_form(ticket_number)),
            "candidate_id": candidate_id,
            "create_time": at,
        }
        await self._execution.execute(upsert(login_names).values(row).on_conflict_do_nothing())


def _news(before: Candidate, after: Candidate) -> list[Mapping[str, Any]]:
    """What others must learn of a change."""
    rows = [_standing_row(after)] if standing_changed(before, after) else []
    rows += [_case_row(after)] if after.review_case_id != before.review_case_id else []
    return rows + [_correction_row(wanted, after) for wanted in follow_ups(before.correction, after.correction)]


def _correction_row(wanted: FollowUp, candidate: Candidate) -> Mapping[str, Any]:
    assert candidate.correction is not None
    destination = CORRECTIONS[wanted]
    if wanted is FollowUp.OPEN_CASE:
        request = correction_case(candidate, candidate.correction)
        return chassis_outbox.row(destination, request.case_id, request, candidate.update_time)
    held_back = HELD_BACK if wanted is FollowUp.HAND_IN else timedelta(0)
    return chassis_outbox.row(
        destination,
        candidate.candidate_id,
        correction_task(candidate),
        candidate.update_time,
        available_time=candidate.update_time + held_back,
    )


def _standing_row(candidate: Candidate, destination: str = FOLLOWER) -> Mapping[str, Any]:
    event = standing_changed_event(standing(candidate))
    return chassis_outbox.row(destination, candidate.candidate_id, event, candidate.update_time)


def _case_row(candidate: Candidate) -> Mapping[str, Any]:
    return chassis_outbox.row(REVIEW_CASES, candidate.review_case_id, identity_case(candidate), candidate.update_time)
