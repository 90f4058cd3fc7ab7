"""Accounts of candidates: one statement each, with the events in it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import insert, literal, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from chassis.errors import NotFound, Refusal
from chassis.events import outbox as chassis_outbox
from chassis.postgres.database import violated_constraint
from services.identity.domain.candidate import Candidate, standing, standing_changed
from services.identity.domain.corrections import News, news_of
from services.identity.domain.documents import Document, normal_form
from services.identity.errors import AlreadyRegistered
from services.identity.mapping.candidates import standing_changed_event
from services.identity.mapping.checks import open_case_request
from services.identity.mapping.corrections import correction_case, correction_errand
from services.identity.ports import CandidateFilter
from services.identity.repository.sealing import Sealer
from services.identity.repository.statements import Statements, insert_if
from services.identity.tables import ONE_ACCOUNT_PER_PERSON, candidates, credentials, login_names, outbox

REFUSED_BY: Final[Mapping[str, type[Refusal]]] = {
    ONE_ACCOUNT_PER_PERSON: AlreadyRegistered,
    # The same request twice at once: ids are derived from it.
    "candidates_pkey": AlreadyRegistered,
    "credentials_pkey": AlreadyRegistered,
}

FOLLOWER: Final = "enrollment"
"""The service that follows standings."""

IMPORTS: Final = "enrollment: imported candidates"
"""A line of its own to the same service: a hundred thousand imported candidates do not wait before a new one."""

CASES: Final = "review cases"
"""The relay's destination for cases to open: a call of review, not an event."""

ERRANDS: Final = {News.TO_HAND_IN: "corrections to hand in", News.TO_TELL: "corrections to tell"}
"""The relay's destinations for what identity itself does about a correction (EN-4)."""

HELD_BACK: Final = timedelta(seconds=5)
"""A correction is usually handed in at once; the errand behind it is for the time when that failed."""

FIXED: Final = ("candidate_id", "document_type", "document_cipher", "person_index", "create_time", "enrolled")
"""Columns that no change touches."""

_ADD_ALL: Final = (
    upsert(candidates).on_conflict_do_nothing(constraint=ONE_ACCOUNT_PER_PERSON).returning(candidates.c.candidate_id)
)


class CandidateRepository:
    """The port `Candidates` in PostgreSQL."""

    def __init__(self, run: Statements, sealer: Sealer, told: Callable[[], None]) -> None:
        self._run = run
        self._sealer = sealer
        self._told = told

    async def get(self, candidate_id: str) -> Candidate:
        """As the port says."""
        row = await self._run.fetch_one(select(candidates).where(candidates.c.candidate_id == candidate_id))
        if row is None:
            raise NotFound()
        return self._sealer.candidate(row)

    async def add(self, candidate: Candidate, password_hash: str) -> None:
        """As the port says."""
        credential = {
            "subject_id": candidate.candidate_id,
            "password_hash": password_hash,
            "update_time": candidate.create_time,
        }
        statement = (
            insert(candidates)
            .values(self._sealer.row(candidate))
            .add_cte(
                insert(credentials).values(credential).cte("credential"),
                insert(outbox).values(_standing_row(candidate)).cte("told"),
            )
        )
        try:
            await self._run.execute(statement)
        except IntegrityError as refused:
            refusal = REFUSED_BY.get(violated_constraint(refused) or "")
            if refusal is None:
                raise
            raise refusal() from refused
        self._told()

    async def add_all(self, new: Sequence[Candidate]) -> frozenset[str]:
        """As the port says."""
        if not new:
            return frozenset()
        # Two imports that name the same persons wait for each other in one order.
        rows = sorted((self._sealer.row(candidate) for candidate in new), key=lambda row: row["person_index"])
        made = frozenset(row.candidate_id for row in await self._run.fetch(_ADD_ALL, rows))
        told = [_standing_row(candidate, IMPORTS) for candidate in new if candidate.candidate_id in made]
        if told:
            await self._run.execute(insert(outbox), told)
        return made

    async def find_persons(self, documents: Sequence[Document]) -> dict[str, str]:
        """As the port says."""
        by_index = {self._sealer.person_index(document.person_key): document.person_key for document in documents}
        statement = select(candidates.c.person_index, candidates.c.candidate_id).where(
            candidates.c.person_index.in_(by_index)
        )
        return {by_index[row.person_index]: row.candidate_id for row in await self._run.fetch(statement)}

    async def of_person(self, document: Document) -> Candidate | None:
        """As the port says."""
        index = self._sealer.person_index(document.person_key)
        row = await self._run.fetch_one(select(candidates).where(candidates.c.person_index == index))
        return None if row is None else self._sealer.candidate(row)

    async def replace(self, before: Candidate, after: Candidate) -> bool:
        """As the port says: one statement, guarded by the version that was read, with what others must learn inside."""
        values = {name: value for name, value in self._sealer.row(after).items() if name not in FIXED}
        unchanged = (candidates.c.candidate_id == before.candidate_id) & (candidates.c.version == before.version)
        changed = update(candidates).where(unchanged).values(values).returning(candidates.c.candidate_id).cte("changed")
        news = [insert_if(changed, row).cte(f"news_{place}") for place, row in enumerate(_news(before, after))]
        made = await self._run.fetch_one(select(changed.c.candidate_id).add_cte(*news)) is not None
        if made and news:
            self._told()
        return made

    async def page(
        self, wanted: CandidateFilter, *, after: tuple[datetime, str] | None, size: int
    ) -> Sequence[Candidate]:
        """As the port says."""
        statement = select(candidates).order_by(candidates.c.create_time.desc(), candidates.c.candidate_id.desc())
        if wanted.school_code:
            statement = statement.where(candidates.c.school_code == wanted.school_code)
        if wanted.correction_state is not None:
            statement = statement.where(candidates.c.correction_state == wanted.correction_state.value)
        if after is not None:
            time, candidate_id = candidates.c.create_time, candidates.c.candidate_id
            position = tuple_(literal(after[0], time.type), literal(after[1], candidate_id.type))
            statement = statement.where(tuple_(time, candidate_id) < position)
        return [self._sealer.candidate(row) for row in await self._run.fetch(statement.limit(size))]

    async def portraits_among(self, keys: Sequence[str]) -> frozenset[str]:
        """Those of some keys of images that are the portrait of an account."""
        owners = {key.partition("/")[0] for key in keys}
        statement = select(candidates.c.portrait_key).where(
            candidates.c.candidate_id.in_(owners), candidates.c.portrait_key.in_(keys)
        )
        return frozenset(row.portrait_key for row in await self._run.fetch(statement))

    async def add_login_name(self, candidate_id: str, ticket_number: str, at: datetime) -> None:
        """As the port says."""
        row = {
            "name_index": self._sealer.ticket_index(normal_form(ticket_number)),
            "candidate_id": candidate_id,
            "create_time": at,
        }
        await self._run.execute(upsert(login_names).values(row).on_conflict_do_nothing())


def _news(before: Candidate, after: Candidate) -> list[Mapping[str, Any]]:
    """What others must learn of a change."""
    rows = [_standing_row(after)] if standing_changed(before, after) else []
    rows += [_case_row(after)] if after.review_case_id != before.review_case_id else []
    return rows + [_correction_row(news, after) for news in news_of(before.correction, after.correction)]


def _correction_row(news: News, candidate: Candidate) -> Mapping[str, Any]:
    assert candidate.correction is not None
    if news is News.TO_OPEN:
        request = correction_case(candidate, candidate.correction)
        return chassis_outbox.row(CASES, request.case_id, request, candidate.update_time)
    held_back = HELD_BACK if news is News.TO_HAND_IN else timedelta(0)
    return chassis_outbox.row(
        ERRANDS[news],
        candidate.candidate_id,
        correction_errand(candidate),
        candidate.update_time,
        available_time=candidate.update_time + held_back,
    )


def _standing_row(candidate: Candidate, destination: str = FOLLOWER) -> Mapping[str, Any]:
    event = standing_changed_event(standing(candidate))
    return chassis_outbox.row(destination, candidate.candidate_id, event, candidate.update_time)


def _case_row(candidate: Candidate) -> Mapping[str, Any]:
    request = open_case_request(candidate)
    return chassis_outbox.row(CASES, candidate.review_case_id, request, candidate.update_time)
