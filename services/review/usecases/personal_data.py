"""Rights over one's data, as far as review holds it (ID-20)."""

from collections.abc import AsyncIterator

from chassis.errors import NotFound
from chassis.personal_data.export import File
from services.review.dependencies import Dependencies
from services.review.domain.cases import erased


async def erase_candidate_data(deps: Dependencies, candidate_id: str) -> None:
    """Erases what is held about a candidate. Images go first: what fails after them is done again.

    Raises Contention.
    """
    cases, now = await deps.cases.list_candidate_cases(candidate_id), deps.clock.now()
    for material in await deps.cases.list_materials([case.case_id for case in cases]):
        await deps.blobs.delete(material.blob_key)
    await deps.personal_data.erase_candidate(candidate_id, [(case, erased(case, at=now)) for case in cases])


async def export_own_data(deps: Dependencies, candidate_id: str) -> AsyncIterator[File]:
    """Everything that is held about a candidate, with the images that were handed in."""
    async for file in deps.personal_data.export_rows(candidate_id):
        yield file
    cases = await deps.cases.list_candidate_cases(candidate_id)
    for material in await deps.cases.list_materials([case.case_id for case in cases]):
        try:
            yield f"images/{material.material_id}.jpg", await deps.blobs.get(material.blob_key)
        except NotFound:  # removed since by its owner
            continue
