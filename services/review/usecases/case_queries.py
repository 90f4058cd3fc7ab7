"""Reading cases: by their candidate, by their organisation, and the figures of a queue (RE-2, RE-4, RE-9)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from chassis.audit_log.notes import AuditAction
from chassis.clock import SHANGHAI
from services.review.dependencies import Dependencies
from services.review.domain.case_dossiers import CaseFile, known_to_candidate
from services.review.domain.cases import Case, Decision, as_of
from services.review.domain.decision_export import midnight
from services.review.domain.materials import Material
from services.review.domain.queue_figures import QueueFigures, QueueFilter
from services.review.domain.viewers import Viewer
from services.review.usecases.audit_notes import about_case
from services.review.usecases.duplicate_images import find_duplicates

USUAL_DAYS: Final = 30
"""What figures look back on when nothing is said."""


async def case_file(deps: Dependencies, case: Case, viewer: Viewer) -> CaseFile:
    """The case as it stands now, whole; for reviewers with where its images were seen with others (RE-8)."""
    (file,) = await _case_files(deps, [case])
    if viewer.reviews:
        return replace(file, duplicates=await find_duplicates(deps, file.materials))
    return known_to_candidate(file, deps.clock.now()) if viewer.candidate_id else file


async def get_case(deps: Dependencies, case_id: str, viewer: Viewer) -> CaseFile:
    """One case; a reviewer's look is noted, since it shows a name (RE-11). Raises NotFound."""
    case = await deps.cases.get_case(case_id)
    viewer.require_sight_of(case)
    if viewer.reviews:
        await deps.audit_log.add_entry(about_case(AuditAction.CASE_VIEWED, case))
    return await case_file(deps, case, viewer)


async def list_candidate_cases(deps: Dependencies, candidate_id: str, viewer: Viewer) -> Sequence[CaseFile]:
    """A candidate's cases, newest first, as the candidate knows them; the look of anybody else is noted, one entry for
    each (RE-11, ID-19).
    """
    now, cases = deps.clock.now(), await deps.cases.list_candidate_cases(candidate_id)
    if viewer.actor_id != candidate_id:
        for case in cases:
            await deps.audit_log.add_entry(about_case(AuditAction.CASE_VIEWED, case))
    return [known_to_candidate(file, now) for file in await _case_files(deps, cases)]


async def list_queue(
    deps: Dependencies, wanted: QueueFilter, after: tuple[datetime, str] | None, size: int
) -> Sequence[CaseFile]:
    """A page of an organisation's cases (RE-4)."""
    now = deps.clock.now()
    return [CaseFile(as_of(case, now), whole=False) for case in await deps.queue.list_cases(wanted, after, size, now)]


async def list_exhausted_cases(deps: Dependencies, after: tuple[datetime, str] | None, size: int) -> Sequence[CaseFile]:
    """A page of the cases that an operator may reopen (RE-10)."""
    found = await deps.queue.list_exhausted(after, size, deps.clock.now())
    return [CaseFile(case, whole=False) for case in found]


async def queue_figures(deps: Dependencies, reviewer: Viewer, days: int) -> QueueFigures:
    """The figures of a reviewer's organisation (RE-9)."""
    now = deps.clock.now()
    since, today = now - timedelta(days=days or USUAL_DAYS), midnight(now.astimezone(SHANGHAI).date())
    return await deps.queue.count(reviewer.organisation, reviewer.actor_id, now=now, since=since, today=today)


async def figures_by_organisation(deps: Dependencies, days: int) -> Sequence[QueueFigures]:
    """The figures of every organisation with a case in its queue (RE-9)."""
    now = deps.clock.now()
    return await deps.queue.count_by_organisation(now=now, since=now - timedelta(days=days or USUAL_DAYS))


async def _case_files(deps: Dependencies, cases: Sequence[Case]) -> Sequence[CaseFile]:
    ids = [case.case_id for case in cases]
    materials: dict[str, list[Material]] = defaultdict(list)
    decisions: dict[str, list[Decision]] = defaultdict(list)
    for material in await deps.cases.list_materials(ids):
        materials[material.case_id].append(material)
    for decision in await deps.cases.list_decisions(ids):
        decisions[decision.case_id].append(decision)
    now = deps.clock.now()
    return [
        CaseFile(as_of(case, now), tuple(materials[case.case_id]), tuple(decisions[case.case_id])) for case in cases
    ]
