"""Opening a case, handing in its materials (RE-3, RE-5), and withdrawing it."""

import hashlib

from chassis.audit_log.notes import AuditAction
from chassis.errors import Refusal
from chassis.ids import new_id
from chassis.optimistic_retry import until_applied
from services.review.dependencies import Dependencies
from services.review.domain.cases import (
    Case,
    Subject,
    opened,
    reopened,
    require_collecting,
    require_submitter,
    submitted,
    touched,
    withdrawn,
)
from services.review.domain.duplicate_images import Fingerprint
from services.review.domain.materials import (
    Image,
    Material,
    fingerprint_for,
    require_removable,
    require_room,
    require_source,
    takes_place_of,
)
from services.review.domain.required_images import image_asked_for, missing_images
from services.review.domain.viewers import Viewer
from services.review.errors import CaseIdReused, CaseNotCollecting
from services.review.usecases.audit_notes import about_case
from services.review.usecases.case_update_loop import change_case
from services.review.usecases.duplicate_images import compare_material


async def open_case(deps: Dependencies, case_id: str, subject: Subject, viewer: Viewer) -> Case:
    """The case, opened now or before. Raises WrongOwner, and CaseIdReused when the id belongs to something else."""
    case = opened(case_id, subject, at=deps.clock.now())
    note = about_case(AuditAction.CASE_OPENED, case, facts=_about(subject))
    known = await deps.cases.add_case(case, note)
    if (known.subject.kind, known.subject.subject_id) != (subject.kind, subject.subject_id):
        raise CaseIdReused()
    return known


async def withdraw_case(deps: Dependencies, case_id: str, viewer: Viewer) -> Case:
    """The case, whose subject is gone, is in no queue any more. Raises NotFound, Contention."""

    async def decide(case: Case) -> Case:
        return withdrawn(case, at=deps.clock.now())

    return await change_case(deps, case_id, decide, AuditAction.CASE_WITHDRAWN)


async def add_material(
    deps: Dependencies, case_id: str, required_image_id: str, content: bytes, viewer: Viewer
) -> Material:
    """An image handed in with the next submission (RE-3), in place of the one before it (RE-10), and compared with what
    others handed in (RE-8).

    Raises NotFound, ImageNotAskedFor, MaterialRefused, SubmitWithCorrection, CaseNotCollecting, SubmissionsUsedUp,
    TooManyMaterials, Contention.
    """
    case, digest = await _collecting(deps, case_id, viewer), hashlib.sha256(content).digest()
    asked = image_asked_for(case.subject.required_images, required_image_id)
    require_source(asked.kind, service=viewer.service)
    handed_in = await _handed_in(deps, case)
    for known in handed_in:
        if (known.required_image_id, known.digest) == (required_image_id, digest):
            return known
    image = await deps.image_checker.checked(content)
    material = Material(
        material_id=new_id(),
        case_id=case_id,
        required_image_id=required_image_id,
        kind=asked.kind,
        submission=case.submission + 1,
        digest=digest,
        width=image.width,
        height=image.height,
        size_bytes=len(image.content),
        create_time=deps.clock.now(),
    )
    replaced = takes_place_of(material, handed_in)
    require_room(len(handed_in) - len(replaced))
    added = await _stored(deps, material, image, viewer)
    for one in replaced if added is material else ():
        await deps.blobs.delete(one.blob_key)
    return added


async def remove_material(deps: Dependencies, case_id: str, material_id: str, viewer: Viewer) -> Case:
    """The case without an image that was handed in since the last submission (RE-10).

    Raises NotFound, MaterialSubmitted, SubmitWithCorrection, CaseNotCollecting, SubmissionsUsedUp, Contention.
    """

    async def attempt() -> Case | None:
        case = await _collecting(deps, case_id, viewer)
        known = {one.material_id: one for one in await deps.cases.list_materials([case_id])}
        if (material := known.get(material_id)) is None:
            return case
        require_removable(material, submissions=case.submission)
        facts = {"required_image": material.required_image_id, "material_id": material_id}
        note = about_case(AuditAction.MATERIAL_REMOVED, case, facts=facts)
        after = touched(case, at=deps.clock.now())
        if not await deps.cases.remove_material(case, after, material, note):
            return None
        await deps.blobs.delete(material.blob_key)
        return after

    return await until_applied(attempt)


async def reopen_case(deps: Dependencies, case_id: str, reason: str) -> Case:
    """The case, whose last submission was rejected, with one submission more (RE-10).

    Raises NotFound, CaseNotExhausted, Contention.
    """

    async def decide(case: Case) -> Case:
        return reopened(case, at=deps.clock.now())

    return await change_case(deps, case_id, decide, AuditAction.CASE_REOPENED, reason)


async def submit_case(deps: Dependencies, case_id: str, submission: int, viewer: Viewer) -> Case:
    """Into the queue (RE-5), as the next submission or the one that is named.

    Raises NotFound, SubmitWithCorrection, CaseDecided, SubmissionsUsedUp, NoMaterials, MaterialsMissing, Contention.
    """

    async def decide(case: Case) -> Case:
        viewer.require_sight_of(case)
        require_submitter(case, service=viewer.service)
        materials = await deps.cases.list_materials([case_id])
        fresh = sum(material.submission == case.submission + 1 for material in materials)
        handed_in = {material.required_image_id for material in materials}
        missing = missing_images(case.subject.required_images, handed_in)
        return submitted(case, materials=fresh, at=deps.clock.now(), submission=submission, missing=missing)

    return await change_case(deps, case_id, decide, AuditAction.CASE_SUBMITTED)


async def _stored(deps: Dependencies, material: Material, image: Image, viewer: Viewer) -> Material:
    """The material, or the one that was there for the same image.

    The image lies in the store before the case names it: a case never names an image that is not there.
    """
    fingerprint = fingerprint_for(material.kind, image)
    await deps.blobs.put(material.blob_key, image.content)
    try:
        added = await _added(deps, material, fingerprint, viewer)
    except Refusal:
        await deps.blobs.delete(material.blob_key)
        raise
    if added is material:
        await compare_material(deps, material.material_id, fingerprint)
    else:
        await deps.blobs.delete(material.blob_key)
    return added


async def _added(deps: Dependencies, material: Material, fingerprint: Fingerprint | None, viewer: Viewer) -> Material:
    facts = {"required_image": material.required_image_id, "material_id": material.material_id}

    async def attempt() -> Material | None:
        case = await _collecting(deps, material.case_id, viewer)
        if case.submission + 1 != material.submission:
            raise CaseNotCollecting()
        note = about_case(AuditAction.MATERIAL_ADDED, case, facts=facts)
        return await deps.cases.add_material(case, material, fingerprint, note)

    return await until_applied(attempt)


async def _collecting(deps: Dependencies, case_id: str, viewer: Viewer) -> Case:
    case = await deps.cases.get_case(case_id)
    viewer.require_sight_of(case)
    require_collecting(case, deps.clock.now())
    return case


async def _handed_in(deps: Dependencies, case: Case) -> list[Material]:
    """What was handed in for the next submission."""
    known = await deps.cases.list_materials([case.case_id])
    return [material for material in known if material.submission == case.submission + 1]


def _about(subject: Subject) -> dict[str, str]:
    return {"kind": subject.kind.value, "subject_id": subject.subject_id, "organisation": subject.organisation}
