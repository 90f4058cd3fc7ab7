"""Is an image somebody else's too? Every material is compared once with what others handed in before (RE-8)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chassis.errors import Overloaded
from services.review.domain.likeness import Duplicate, Print
from services.review.domain.materials import Material
from services.review.ports import Comparison, Likenesses


@dataclass(frozen=True, slots=True)
class Lens:
    """What images are compared with."""

    likenesses: Likenesses
    comparison: Comparison

    async def compare(self, material_id: str, known_by: Print | None) -> None:
        """Compares a material that is stored already, so that of two handed in at once at least one meets the other.

        Under too much work it stays uncompared until a reviewer reads its case.
        """
        try:
            await self.likenesses.keep(material_id, await self._same(material_id, known_by))
        except Overloaded:
            return

    async def duplicates(self, materials: Sequence[Material]) -> Mapping[str, Sequence[Duplicate]]:
        """Where the images of cases were seen with others, by material; what was not compared yet is compared now."""
        found: dict[str, list[Duplicate]] = defaultdict(list)
        case_ids = sorted({material.case_id for material in materials})
        for material_id, known_by in (await self.likenesses.uncompared(case_ids)).items():
            await self.compare(material_id, known_by)
        for duplicate in await self.likenesses.duplicates([material.material_id for material in materials]):
            found[duplicate.material_id].append(duplicate)
        return found

    async def _same(self, material_id: str, known_by: Print | None) -> frozenset[str]:
        if known_by is None:
            return frozenset()
        lying = self.comparison.lying(known_by)
        suspects = await self.likenesses.suspects(material_id, [one.outline for one in lying])
        return await self.comparison.same(lying, suspects)
