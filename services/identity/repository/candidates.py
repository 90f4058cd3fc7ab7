"""Accounts of candidates: one statement each, with the events in it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import delete, func, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from zikao.identity.v1 import resources_pb2

from chassis.errors import Contention, NotFound, RequestIdReused
from chassis.events import outbox as chassis_outbox
from chassis.postgres.constraint_refusals import Conflict, Conflicts, refused_by_constraint
from chassis.postgres.keyset_pages import rows_after
from services.identity.domain.accounts_of_number import MOST_QUESTIONS
from services.identity.domain.candidate_searches import MOST_FOUND, CandidateSearch
from services.identity.domain.candidates import (
    Candidate,
    CandidateFilter,
    IdentityState,
    said_on_papers,
    standing,
    standing_changed,
)
from services.identity.domain.corrections.required_corrections import FollowUp, follow_ups
from services.identity.domain.documents import Document, person_key_of
from services.identity.domain.spellings import plain_number
from services.identity.mapping.candidates import standing_changed_event
from services.identity.mapping.corrections import correction_task
from services.identity.mapping.review_cases import correction_case, identity_case
from services.identity.repository.candidate_rows import candidate_from, candidate_row
from services.identity.repository.outbox_destinations import (
    CORRECTIONS,
    ENDED_ACCOUNTS_TO_TELL,
    FOLLOWER,
    IMPORTS,
    REVIEW_CASES,
)
from services.identity.repository.repository_base import Repository, withdrawal_row
from services.identity.tables import (
    ONE_ACCOUNT_PER_PLACE,
    ONE_VERIFIED_ACCOUNT,
    VERIFIED,
    candidates,
    credentials,
    login_names,
    outbox,
    register_questions,
)

REFUSED_BY: Final[Conflicts] = {
    # Somebody else took the place, or proved the number, at the same moment (ID-15): to be read and decided again.
    ONE_ACCOUNT_PER_PLACE: Conflict(Contention),
    ONE_VERIFIED_ACCOUNT: Conflict(Contention),
    # The same request twice: ids are derived from it.
    "candidates_pkey": Conflict(RequestIdReused, "request_id"),
    "credentials_pkey": Conflict(RequestIdReused, "request_id"),
}

HELD_BACK: Final = timedelta(seconds=5)
"""A correction is usually handed in at once; the row in the outbox is for the time when that failed."""

FIXED: Final = ("candidate_id", "document_type", "document_cipher", "person_index", "create_time", "enrolled")
"""Columns that no change touches."""

_ADD_ALL: Final = (
    upsert(candidates)
    .on_conflict_do_nothing(index_elements=["person_index"], index_where=text(VERIFIED))
    .returning(candidates.c.candidate_id)
)
_CARRIES: Final = candidates.c.identity_state != IdentityState.ENDED.value
_VERIFIED: Final = candidates.c.identity_state == IdentityState.VERIFIED.value


class CandidateRepository(Repository):
    """Candidates in PostgreSQL. Whoever follows a candidate's standing is told with the change itself."""

    async def get_candidate(self, candidate_id: str) -> Candidate:
        """The account as it is. Raises NotFound."""
        row = await self._execution.fetch_one(select(candidates).where(candidates.c.candidate_id == candidate_id))
        if row is None:
            raise NotFound()
        return candidate_from(row, self._sealer)

    def paper_digest(self, candidate: Candidate) -> bytes:
        """A keyed hash of what papers say of a person (EN-18)."""
        return self._sealer.paper_digest(candidate.candidate_id, said_on_papers(candidate))

    async def add_candidate(self, candidate: Candidate, password_hash: str) -> None:
        """A new account with its password, in its place. Raises Contention when the place has been taken (ID-15), and
        RequestIdReused when the account is there already.
        """
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
        with refused_by_constraint(REFUSED_BY):
            await self._execution.execute(statement)
        self._outbox_written()

    async def add_enrolled_candidates(self, new: Sequence[Candidate]) -> frozenset[str]:
        """New verified accounts without passwords of their own (ID-3); the ids of those made. Whose number is verified
        already is left out.
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

    async def find_verified(self, documents: Sequence[Document]) -> dict[str, Candidate]:
        """The verified accounts of these persons, by person key (ID-15)."""
        indexes = {self._person(document) for document in documents}
        statement = select(candidates).where(candidates.c.person_index.in_(indexes), _VERIFIED)
        found = (candidate_from(row, self._sealer) for row in await self._execution.fetch(statement))
        return {candidate.document.person_key: candidate for candidate in found}

    async def list_carriers(self, documents: Sequence[Document], *, lock: bool = False) -> list[Candidate]:
        """The accounts that carry the numbers of documents and have not ended, the oldest first (ID-15).

        Within a transaction they can be locked, in this one order: of several who prove a number at once, each then
        sees what the one before it did.
        """
        indexes = {self._person(document) for document in documents}
        statement = (
            select(candidates)
            .where(candidates.c.person_index.in_(indexes), _CARRIES)
            .order_by(candidates.c.create_time, candidates.c.candidate_id)
        )
        rows = await self._execution.fetch(statement.with_for_update() if lock else statement)
        return [candidate_from(row, self._sealer) for row in rows]

    async def replace_candidate(self, before: Candidate, after: Candidate) -> bool:
        """`after` in place of `before`; False when the account has changed since `before` was read.

        One statement, with what others must learn inside: a review case named by `after` and not by `before` is opened,
        now or, while review is away, later; a correction that was asked for, handed in or decided is taken to review
        and told to the candidate likewise, and so is the end of an account (ID-15). Raises Contention when another
        account proved the number first.
        """
        row = candidate_row(after, self._sealer)
        with refused_by_constraint(REFUSED_BY):
            return await self._replace(candidates, before, row, FIXED, _news(before, after))

    async def list_candidates(
        self, wanted: CandidateFilter, after: tuple[datetime, str] | None, size: int
    ) -> Sequence[Candidate]:
        """Candidates whose accounts have not ended, the newest first, after the creation time and id of the last one of
        the page before.
        """
        statement = (
            select(candidates)
            .where(_CARRIES)
            .order_by(candidates.c.create_time.desc(), candidates.c.candidate_id.desc())
        )
        if wanted.school_code:
            statement = statement.where(candidates.c.school_code == wanted.school_code)
        if wanted.correction_state is not None:
            statement = statement.where(candidates.c.correction_state == wanted.correction_state.value)
        order = candidates.c.create_time, candidates.c.candidate_id
        statement = statement.where(rows_after(after, *order, newest_first=True))
        return [candidate_from(row, self._sealer) for row in await self._execution.fetch(statement.limit(size))]

    async def search_candidates(self, search: CandidateSearch) -> Sequence[Candidate]:
        """Those who fit any of what was said and whose accounts have not ended, the newest first (OP-3)."""
        said = []
        if search.number:
            ticket = self._sealer.ticket_index(search.number)
            holder = select(login_names.c.candidate_id).where(login_names.c.name_index == ticket)
            said += [
                candidates.c.person_index == self._sealer.person_index(person_key_of(search.number)),
                candidates.c.candidate_id.in_(holder),
            ]
        if search.phone:
            said.append(candidates.c.phone_index == self._sealer.phone_index(search.phone))
        if search.caller:
            said.append(candidates.c.caller_indexes.contains([self._sealer.caller_index(search.caller)]))
        statement = select(candidates).where(_CARRIES, or_(*said)).order_by(candidates.c.create_time.desc())
        rows = await self._execution.fetch(statement.limit(MOST_FOUND))
        return [candidate_from(row, self._sealer) for row in rows]

    async def named_portrait_keys(self, keys: Sequence[str]) -> frozenset[str]:
        """Those of some keys of images that are the portrait of an account."""
        owners = {key.partition("/")[0] for key in keys}
        statement = select(candidates.c.portrait_key).where(
            candidates.c.candidate_id.in_(owners), candidates.c.portrait_key.in_(keys)
        )
        return frozenset(row.portrait_key for row in await self._execution.fetch(statement))

    async def count_register_question(self, document: Document, day: date) -> bool:
        """Counts a question to the police register about a number, for all replicas; False when there were so many on
        that day, in Shanghai, already (ID-15).
        """
        first = upsert(register_questions).values(person_index=self._person(document), day=day, asked=1)
        statement = first.on_conflict_do_update(
            index_elements=["person_index", "day"],
            set_={"asked": register_questions.c.asked + 1},
            where=register_questions.c.asked < MOST_QUESTIONS,
        )
        return await self._execution.execute(statement) == 1

    async def uncount_register_question(self, document: Document, day: date) -> None:
        """Takes a question back that the register did not answer (F-14)."""
        asked = (register_questions.c.person_index == self._person(document)) & (register_questions.c.day == day)
        statement = update(register_questions).where(asked)
        await self._execution.execute(statement.values(asked=func.greatest(register_questions.c.asked - 1, 0)))

    async def delete_register_questions(self, before: date) -> int:
        """Removes the counts of earlier days; their number."""
        return await self._execution.execute(delete(register_questions).where(register_questions.c.day < before))

    async def add_ticket_number(self, candidate_id: str, ticket_number: str, at: datetime) -> None:
        """A ticket number as a further name to log in with (ID-1); one that is known already stays as it is."""
        row = {
            "name_index": self._sealer.ticket_index(plain_number(ticket_number)),
            "candidate_id": candidate_id,
            "create_time": at,
        }
        await self._execution.execute(upsert(login_names).values(row).on_conflict_do_nothing())

    def _person(self, document: Document) -> bytes:
        return self._sealer.person_index(document.person_key)


def _news(before: Candidate, after: Candidate) -> list[Mapping[str, Any]]:
    """What others must learn of a change."""
    rows = [_standing_row(after)] if standing_changed(before, after) else []
    rows += [_case_row(after)] if after.review_case_id != before.review_case_id else []
    rows += _end_rows(after) if after.ended and not before.ended else []
    return rows + [_correction_row(wanted, after) for wanted in follow_ups(before.correction, after.correction)]


def _end_rows(candidate: Candidate) -> list[Mapping[str, Any]]:
    """The candidate is told, and nobody needs to decide who it was (ID-15)."""
    about = resources_pb2.Candidate(candidate_id=candidate.candidate_id)
    rows = [chassis_outbox.row(ENDED_ACCOUNTS_TO_TELL, candidate.candidate_id, about, candidate.update_time)]
    if candidate.review_case_id:
        rows.append(withdrawal_row(candidate.review_case_id, candidate.update_time))
    return rows


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
