"""Looking at images, and at the person behind a case: who may, and the audit entry of each look (RE-3, RE-7)."""

from chassis.clock import Clock
from chassis.errors import NotFound
from services.review.domain.audit import Action, Note
from services.review.domain.case import Case, require_lookable
from services.review.ports import BlobStore, Cases, Samples
from services.review.usecases.viewer import Viewer


async def look_at(
    case_id: str, material_id: str, viewer: Viewer, *, cases: Cases, samples: Samples, blobs: BlobStore, clock: Clock
) -> bytes:
    """The image of a material; every look is noted before the image is shown (RE-7).

    Raises NotFound, CaseNotClaimed.
    """
    await _open_to(viewer, case_id, cases, samples, clock)
    for material in await cases.materials([case_id]):
        if material.material_id == material_id:
            await cases.note(Note(viewer.actor_id, Action.MATERIAL_VIEWED, case_id, material_id))
            return await blobs.get(material.blob_key)
    raise NotFound()


async def admit(case_id: str, seen: Action, reviewer: Viewer, *, cases: Cases, samples: Samples, clock: Clock) -> str:
    """The candidate whose portrait or particulars (`seen`) a reviewer may look at now: the look is noted (RE-7).

    Raises NotFound, CaseNotClaimed.
    """
    case = await _open_to(reviewer, case_id, cases, samples, clock)
    await cases.note(Note(reviewer.actor_id, seen, case_id))
    return case.subject.candidate_id


async def note_look(candidate_id: str, viewer_id: str, *, cases: Cases) -> None:
    """Notes a look at a portrait outside a case (RE-7)."""
    await cases.note(Note(viewer_id, Action.PORTRAIT_VIEWED, "", facts={"candidate_id": candidate_id}))


async def _open_to(viewer: Viewer, case_id: str, cases: Cases, samples: Samples, clock: Clock) -> Case:
    """The case, if the viewer may look into it now. Raises NotFound, CaseNotClaimed."""
    case = await cases.get(case_id)
    viewer.require_sight_of(case)
    if viewer.reviews and not await samples.awaits(case_id, viewer.actor_id):
        require_lookable(case, viewer.actor_id, now=clock.now())
    return case
