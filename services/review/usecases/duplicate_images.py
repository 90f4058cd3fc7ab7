"""Is an image somebody else's too? Every material is compared once with what others handed in before (RE-8)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from chassis.errors import Overloaded
from services.review.dependencies import Dependencies
from services.review.domain.duplicate_images import Duplicate, Fingerprint
from services.review.domain.materials import Material


async def compare_material(deps: Dependencies, material_id: str, fingerprint: Fingerprint | None) -> None:
    """Compares a material that is stored already, so that of two handed in at once at least one meets the other.

    Under too much work it stays uncompared until a reviewer reads its case.
    """
    try:
        same = await _same(deps, material_id, fingerprint)
    except Overloaded:
        return
    await deps.duplicates.add_duplicates(material_id, same)


async def find_duplicates(deps: Dependencies, materials: Sequence[Material]) -> Mapping[str, Sequence[Duplicate]]:
    """Where the images of cases were seen with others, by material; what was not compared yet is compared now."""
    found: dict[str, list[Duplicate]] = defaultdict(list)
    case_ids = sorted({material.case_id for material in materials})
    for material_id, fingerprint in (await deps.duplicates.list_uncompared(case_ids)).items():
        await compare_material(deps, material_id, fingerprint)
    for duplicate in await deps.duplicates.list_duplicates([material.material_id for material in materials]):
        found[duplicate.material_id].append(duplicate)
    return found


async def _same(deps: Dependencies, material_id: str, fingerprint: Fingerprint | None) -> frozenset[str]:
    if fingerprint is None:
        return frozenset()
    orientations = deps.image_comparer.orientations(fingerprint)
    suspects = await deps.duplicates.list_suspects(material_id, [one.outline for one in orientations])
    return await deps.image_comparer.same(orientations, suspects)
