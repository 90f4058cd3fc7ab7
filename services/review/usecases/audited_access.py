"""Looks at images and at the person behind a case: who may, and the audit entry of each look (RE-3, RE-7, RE-11)."""

from dataclasses import replace

from chassis.audit_log.notes import Actor, AuditAction
from chassis.errors import NotFound
from chassis.security.tokens import Access
from services.review.dependencies import Dependencies
from services.review.domain.cases import Case, require_lookable
from services.review.domain.viewers import Viewer
from services.review.usecases.audit_notes import about_case


async def view_material(deps: Dependencies, case_id: str, material_id: str, viewer: Viewer) -> bytes:
    """The image of a material; every look is noted before the image is shown (RE-7).

    Raises NotFound, CaseNotClaimed.
    """
    case = await _open_to(deps, viewer, case_id)
    for material in await deps.cases.list_materials([case_id]):
        if material.material_id == material_id:
            note = about_case(AuditAction.MATERIAL_VIEWED, case, facts={"material_id": material_id})
            await deps.audit_log.add_entry(note)
            return await deps.blobs.get(material.blob_key)
    raise NotFound()


async def admit_look(deps: Dependencies, case_id: str, seen: AuditAction, reviewer: Viewer) -> str:
    """The candidate whose portrait or particulars (`seen`) a reviewer may look at now: the look is noted (RE-7).

    Raises NotFound, CaseNotClaimed.
    """
    case = await _open_to(deps, reviewer, case_id)
    actor = Actor(reviewer.actor_id, Access.REVIEWER.value, reviewer.organisation)
    await deps.audit_log.add_entry(replace(about_case(seen, case), actor=actor))
    return case.subject.candidate_id


async def _open_to(deps: Dependencies, viewer: Viewer, case_id: str) -> Case:
    """The case, if the viewer may look into it now. Raises NotFound, CaseNotClaimed."""
    case = await deps.cases.get_case(case_id)
    viewer.require_sight_of(case)
    if viewer.reviews and not await deps.second_reviews.is_awaited(case_id, viewer.actor_id):
        require_lookable(case, viewer.actor_id, now=deps.clock.now())
    return case
