"""Opening a case, handing in its materials (RE-3, RE-5), and withdrawing it."""

import hashlib

from chassis.clock import Clock
from chassis.errors import Contention, Refusal
from chassis.ids import new_id
from services.review.domain.audit import Action, Note
from services.review.domain.case import (
    Case,
    Subject,
    opened,
    require_collecting,
    require_submitter,
    submitted,
    withdrawn,
)
from services.review.domain.likeness import Print
from services.review.domain.materials import (
    Material,
    MaterialKind,
    recognised_by,
    require_complete,
    require_room,
    require_source,
)
from services.review.errors import CaseIdReused, CaseNotCollecting
from services.review.ports import BlobStore, Cases, Images
from services.review.usecases.changes import ROUNDS, change
from services.review.usecases.comparing import Lens
from services.review.usecases.viewer import Viewer


async def open_case(case_id: str, subject: Subject, viewer: Viewer, *, cases: Cases, clock: Clock) -> Case:
    """The case, opened now or before. Raises WrongOwner, and CaseIdReused when the id belongs to something else."""
    case = opened(case_id, subject, at=clock.now())
    known = await cases.open(case, Note(viewer.actor_id, Action.CASE_OPENED, case_id, facts=_about(subject)))
    if (known.subject.kind, known.subject.subject_id) != (subject.kind, subject.subject_id):
        raise CaseIdReused()
    return known


async def withdraw(case_id: str, viewer: Viewer, *, cases: Cases, clock: Clock) -> Case:
    """The case, whose subject is gone, is in no queue any more. Raises NotFound, Contention."""

    async def decide(case: Case) -> Case:
        return withdrawn(case, at=clock.now())

    return await change(cases, case_id, decide, Note(viewer.actor_id, Action.CASE_WITHDRAWN, case_id))


async def add_material(
    case_id: str,
    kind: MaterialKind,
    content: bytes,
    viewer: Viewer,
    *,
    cases: Cases,
    blobs: BlobStore,
    images: Images,
    lens: Lens,
    clock: Clock,
) -> Material:
    """An image handed in with the next submission (RE-3), and compared with what others handed in (RE-8).

    The image lies in the store before the case names it: a case never names an image that is not there.
    Raises NotFound, MaterialRefused, SubmitWithCorrection, CaseNotCollecting, SubmissionsUsedUp, TooManyMaterials,
    Contention.
    """
    require_source(kind, service=viewer.service)
    case, digest = await _collecting(case_id, viewer, cases), hashlib.sha256(content).digest()
    handed_in = await _handed_in(case, cases)
    for known in handed_in:
        if (known.kind, known.digest) == (kind, digest):
            return known
    require_room(len(handed_in))
    image = await images.checked(content)
    material = Material(
        material_id=new_id(),
        case_id=case_id,
        kind=kind,
        submission=case.submission + 1,
        digest=digest,
        width=image.width,
        height=image.height,
        size_bytes=len(image.content),
        create_time=clock.now(),
    )
    known_by = recognised_by(kind, image)
    await blobs.put(material.blob_key, image.content)
    try:
        added = await _added(case, material, known_by, viewer, cases)
    except Refusal:
        await blobs.delete(material.blob_key)
        raise
    if added is material:
        await lens.compare(material.material_id, known_by)
    else:
        await blobs.delete(material.blob_key)
    return added


async def submit(case_id: str, submission: int, viewer: Viewer, *, cases: Cases, clock: Clock) -> Case:
    """Into the queue (RE-5), as the next submission or the one that is named.

    Raises NotFound, SubmitWithCorrection, CaseDecided, SubmissionsUsedUp, NoMaterials, MaterialsMissing, Contention.
    """
    note = Note(viewer.actor_id, Action.CASE_SUBMITTED, case_id)

    async def decide(case: Case) -> Case:
        viewer.require_sight_of(case)
        require_submitter(case, service=viewer.service)
        materials = await cases.materials([case_id])
        fresh = sum(material.submission == case.submission + 1 for material in materials)
        after = submitted(case, materials=fresh, at=clock.now(), submission=submission)
        if after is case:
            return case
        require_complete(case.subject.kind, [material.kind for material in materials])
        return after

    return await change(cases, case_id, decide, note)


async def _added(case: Case, material: Material, known_by: Print | None, viewer: Viewer, cases: Cases) -> Material:
    facts = {"kind": material.kind.value}
    note = Note(viewer.actor_id, Action.MATERIAL_ADDED, case.case_id, material.material_id, facts)
    for _ in range(ROUNDS):
        added = await cases.add_material(case, material, known_by, note)
        if added is not None:
            return added
        case = await _collecting(case.case_id, viewer, cases)
        if case.submission + 1 != material.submission:
            raise CaseNotCollecting()
    raise Contention()


async def _collecting(case_id: str, viewer: Viewer, cases: Cases) -> Case:
    case = await cases.get(case_id)
    viewer.require_sight_of(case)
    require_collecting(case)
    return case


async def _handed_in(case: Case, cases: Cases) -> list[Material]:
    """What was handed in for the next submission."""
    known = await cases.materials([case.case_id])
    return [material for material in known if material.submission == case.submission + 1]


def _about(subject: Subject) -> dict[str, str]:
    return {"kind": subject.kind.value, "subject_id": subject.subject_id, "organisation": subject.organisation}
