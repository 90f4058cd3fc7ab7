"""Issuing papers, reading one's own, and checking one by its code (EN-18)."""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from chassis.errors import must_exist
from chassis.ids import new_id
from chassis.security.rate_limits import Rate
from services.enrollment.dependencies import Dependencies
from services.enrollment.domain.papers import (
    CODE_BYTES,
    CheckedPaper,
    Paper,
    PaperKind,
    PaperSubject,
    check_code_of,
    checked,
    paper_facts,
    plain_check_code,
)

HOUR: Final = timedelta(hours=1)


async def issue_paper(
    deps: Dependencies, candidate_id: str, registration_id: str, session_id: str, kind: PaperKind
) -> CheckedPaper:
    """A paper about what is so now; the same facts are the same paper. Raises NotFound, PaperWithoutCourses,
    ServiceUnavailable.
    """
    catalogue = await deps.catalogue_cache.latest()
    subject = must_exist(await _subject(deps, candidate_id, registration_id, session_id))
    facts = paper_facts(catalogue, subject, kind)
    holder = must_exist(await deps.identity.get_paper_holder(candidate_id))
    paper = Paper(
        paper_id=new_id(),
        candidate_id=candidate_id,
        registration_id=registration_id,
        session_id=session_id,
        kind=kind,
        check_code=check_code_of(secrets.token_bytes(CODE_BYTES)),
        facts=facts,
        digest=facts.digest(holder),
        create_time=deps.clock.now(),
    )
    return CheckedPaper(await deps.papers.add_paper(paper), holder, holds=True)


async def list_papers(deps: Dependencies, candidate_id: str) -> Sequence[CheckedPaper]:
    """A candidate's papers, the newest first, each with whether it holds. Raises ServiceUnavailable."""
    if not (issued := await deps.papers.list_papers(candidate_id)):
        return []
    holder, catalogue = await deps.identity.get_paper_holder(candidate_id), await deps.catalogue_cache.latest()
    about = sorted({(paper.registration_id, paper.session_id) for paper in issued})
    subjects = {one: await _subject(deps, candidate_id, *one) for one in about}
    return [checked(one, catalogue, subjects[one.registration_id, one.session_id], holder) for one in issued]


async def get_paper(deps: Dependencies, candidate_id: str, paper_id: str) -> CheckedPaper:
    """A candidate's paper. Raises NotFound, ServiceUnavailable."""
    return await _checked(deps, must_exist(await deps.papers.find_paper(candidate_id, paper_id)))


async def check_paper(deps: Dependencies, typed_code: str, source: str) -> CheckedPaper:
    """The paper that bears a code, in whatever spelling. Raises NotFound, TooManyRequests, ServiceUnavailable."""
    await deps.rates.hit(Rate("paper checks", deps.config.paper_checks_per_source, HOUR), source)
    return await _checked(deps, must_exist(await deps.papers.find_by_check_code(plain_check_code(typed_code))))


async def _checked(deps: Dependencies, paper: Paper) -> CheckedPaper:
    catalogue = await deps.catalogue_cache.latest()
    subject = await _subject(deps, paper.candidate_id, paper.registration_id, paper.session_id)
    return checked(paper, catalogue, subject, await deps.identity.get_paper_holder(paper.candidate_id))


async def _subject(deps: Dependencies, candidate_id: str, registration_id: str, session_id: str) -> PaperSubject | None:
    facts = await deps.candidate_sessions.get_facts(candidate_id, session_id)
    if (registration := facts.registration(registration_id)) is None:
        return None
    held = await deps.candidate_sessions.list_selections(candidate_id)
    here = tuple(one for one in held if (one.registration_id, one.session_id) == (registration_id, session_id))
    district = facts.participation.district_code
    return PaperSubject(registration, session_id, here, district)
