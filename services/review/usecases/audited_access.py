"""Looks at images and at the person behind a case: who may, and the audit entry of each look (RE-3, RE-7)."""

from chassis.errors import NotFound
from services.review.dependencies import Dependencies
from services.review.domain.audit_log import AuditAction, AuditNote
from services.review.domain.cases import Case, require_lookable
from services.review.domain.viewers import Viewer


async def view_material(deps: Dependencies, case_id: str, material_id: str, viewer: Viewer) -> bytes:
    """The image of a material; every look is noted before the image is shown (RE-7).

    Raises NotFound, CaseNotClaimed.
    """
    await _open_to(deps, viewer, case_id)
    for material in await deps.cases.list_materials([case_id]):
        if material.material_id == material_id:
            note = AuditNote(viewer.actor_id, AuditAction.MATERIAL_VIEWED, case_id, material_id)
            await deps.audit_log.add_entry(note)
            return await deps.blobs.get(material.blob_key)
    raise NotFound()


async def admit_look(deps: Dependencies, case_id: str, seen: AuditAction, reviewer: Viewer) -> str:
    """The candidate whose portrait or particulars (`seen`) a reviewer may look at now: the look is noted (RE-7).

    Raises NotFound, CaseNotClaimed.
    """
    case = await _open_to(deps, reviewer, case_id)
    await deps.audit_log.add_entry(AuditNote(reviewer.actor_id, seen, case_id))
    return case.subject.candidate_id


async def note_look(deps: Dependencies, candidate_id: str, viewer_id: str) -> None:
    """Notes a look at a portrait outside a case (RE-7)."""
    facts = {"candidate_id": candidate_id}
    await deps.audit_log.add_entry(AuditNote(viewer_id, AuditAction.PORTRAIT_VIEWED, "", facts=facts))


async def _open_to(deps: Dependencies, viewer: Viewer, case_id: str) -> Case:
    """The case, if the viewer may look into it now. Raises NotFound, CaseNotClaimed."""
    case = await deps.cases.get_case(case_id)
    viewer.require_sight_of(case)
    if viewer.reviews and not await deps.second_reviews.is_awaited(case_id, viewer.actor_id):
        require_lookable(case, viewer.actor_id, now=deps.clock.now())
    return case
