"""Papers that were issued (EN-18)."""

from collections.abc import Sequence
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.dialects.postgresql import insert

from chassis.postgres.database import Database
from chassis.postgres.rows import from_row, row_of
from services.enrollment.domain.papers import Paper, PaperFacts
from services.enrollment.tables import papers

MOST: Final = 50

_FACTS: Final = TypeAdapter(PaperFacts)


class PaperRepository:
    """Papers, which are kept as they were issued."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add_paper(self, paper: Paper) -> Paper:
        """Keeps a paper; one that states the same about the same is answered in its place."""
        row = row_of(papers, paper, facts=_FACTS.dump_python(paper.facts, mode="json"))
        async with self._db.transaction() as transaction:
            await transaction.execute(insert(papers).values(row).on_conflict_do_nothing(constraint="papers_facts_key"))
        same = papers.c.registration_id == paper.registration_id
        (kept,) = await self._where(
            same,
            papers.c.session_id == paper.session_id,
            papers.c.kind == paper.kind.value,
            papers.c.digest == paper.digest,
        )
        return kept

    async def list_papers(self, candidate_id: str) -> Sequence[Paper]:
        """A candidate's papers, the newest first."""
        return await self._where(papers.c.candidate_id == candidate_id)

    async def find_paper(self, candidate_id: str, paper_id: str) -> Paper | None:
        """A candidate's paper."""
        found = await self._where(papers.c.candidate_id == candidate_id, papers.c.paper_id == paper_id)
        return found[0] if found else None

    async def find_by_check_code(self, check_code: str) -> Paper | None:
        """The paper that bears a code."""
        found = await self._where(papers.c.check_code == check_code)
        return found[0] if found else None

    async def _where(self, *conditions: ColumnElement[bool]) -> list[Paper]:
        newest_first = papers.c.create_time.desc(), papers.c.paper_id
        statement = select(papers).where(*conditions).order_by(*newest_first).limit(MOST)
        return [_paper(row) for row in await self._db.fetch(statement)]


def _paper(row: Row[Any]) -> Paper:
    return from_row(Paper, row, facts=_FACTS.validate_python(row.facts))
