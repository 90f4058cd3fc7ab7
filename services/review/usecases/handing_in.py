"""Opening a case and handing in its materials (RE-3, RE-5)."""

import hashlib

from chassis.clock import Clock
from chassis.errors import Contention
from chassis.ids import new_id
from services.review.domain.audit import Action, Note
from services.review.domain.case import Case, Subject, opened, require_collecting, submitted
from services.review.domain.materials import Material, MaterialKind, require_room
from services.review.errors import CaseIdReused
from services.review.ports import BlobStore, Cases, Images
from services.review.usecases.changes import ROUNDS, change
from services.review.usecases.viewer import Viewer


async def open_case(case_id: str, subject: Subject, viewer: Viewer, *, cases: Cases, clock: Clock) -> Case:
    """The case, opened now or before. Raises CaseIdReused when the id belongs to something else."""
    case = opened(case_id, subject, at=clock.now())
    known = await cases.open(case, Note(viewer.actor_id, Action.CASE_OPENED, case_id, facts=_about(subject)))
    if (known.subject.kind, known.subject.subject_id) != (subject.kind, subject.subject_id):
        raise CaseIdReused()
    return known


async def add_material(
    case_id: str,
    kind: MaterialKind,
    content: bytes,
    viewer: Viewer,
    *,
    cases: Cases,
    blobs: BlobStore,
    images: Images,
    clock: Clock,
) -> Material:
    """An image handed in with the next submission (RE-3).

    The image lies in the store before the case names it: a case never names an image that is not there.
    Raises NotFound, MaterialRefused, CaseNotCollecting, SubmissionsUsedUp, TooManyMaterials, Contention.
    """
    case = await _collecting(case_id, viewer, cases)
    image = await images.checked(content)
    material = Material(
        material_id=new_id(),
        case_id=case_id,
        kind=kind,
        submission=case.submission + 1,
        digest=hashlib.sha256(content).digest(),
        width=image.width,
        height=image.height,
        size_bytes=len(image.content),
        create_time=clock.now(),
    )
    await blobs.put(material.blob_key, image.content)
    note = Note(viewer.actor_id, Action.MATERIAL_ADDED, case_id, material.material_id, {"kind": kind.value})
    for _ in range(ROUNDS):
        added = await cases.add_material(case, material, note)
        if added is not None:
            return added
        case = await _collecting(case_id, viewer, cases)
    raise Contention()


async def submit(case_id: str, viewer: Viewer, *, cases: Cases, clock: Clock) -> Case:
    """Into the queue (RE-5). Raises NotFound, CaseDecided, SubmissionsUsedUp, NoMaterials, Contention."""
    note = Note(viewer.actor_id, Action.CASE_SUBMITTED, case_id)

    async def decide(case: Case) -> Case:
        viewer.require_sight_of(case)
        return submitted(case, materials=await _handed_in(case, cases), at=clock.now())

    return await change(cases, case_id, decide, note)


async def _collecting(case_id: str, viewer: Viewer, cases: Cases) -> Case:
    case = await cases.get(case_id)
    viewer.require_sight_of(case)
    require_collecting(case)
    require_room(await _handed_in(case, cases))
    return case


async def _handed_in(case: Case, cases: Cases) -> int:
    return sum(material.submission == case.submission + 1 for material in await cases.materials([case.case_id]))


def _about(subject: Subject) -> dict[str, str]:
    return {"kind": subject.kind.value, "subject_id": subject.subject_id, "organisation": subject.organisation}
