"""The images of a case under the names by which it asks for them (RE-10)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from zikao.review.v1 import resources_pb2

Material = resources_pb2.Material
OTHER: Final = "OTHER"

EXAMPLES: Final = {
    Material.DOCUMENT_FRONT: "document-front",
    Material.DOCUMENT_BACK: "document-back",
    Material.HOLDING_DOCUMENT: "holding-document",
    Material.CERTIFICATE: "certificate",
    Material.EMPLOYMENT_PROOF: "employment-proof",
}
"""The views of `examples.svg`, by what an image shows."""


@dataclass(frozen=True, slots=True)
class CaseImage:
    """One of the images that a case asks for, and what was handed in for it, the oldest first."""

    asked: resources_pb2.RequiredImage
    materials: Sequence[Material]
    submission: int
    """The submission that is looked at: the last one, or the next while the candidate collects."""
    missing: bool = False
    alternatives: Sequence[resources_pb2.RequiredImage] = ()

    @property
    def example(self) -> str:
        """The view of `examples.svg` that shows how it should look; empty where there is none."""
        return EXAMPLES.get(self.asked.kind, "")

    @property
    def standing(self) -> Sequence[Material]:
        """What is decided on: the newest; of anything further all of the submission that is looked at."""
        if self.asked.required_image_id == OTHER:
            return [one for one in self.materials if one.submission == self.submission]
        return self.materials[-1:]

    @property
    def earlier(self) -> Sequence[Material]:
        """What was handed in before and has been replaced."""
        return [one for one in self.materials if one not in self.standing]

    @property
    def is_new(self) -> bool:
        """Whether something of the submission that is looked at is among it."""
        return any(one.submission == self.submission for one in self.materials)


def case_images(
    asked: Sequence[resources_pb2.RequiredImage],
    materials: Iterable[Material],
    submission: int,
    missing: Collection[str] = (),
) -> Sequence[CaseImage]:
    """In the order in which the case asks for them."""
    handed_in = list(materials)
    return [
        CaseImage(
            one,
            [material for material in handed_in if material.required_image_id == one.required_image_id],
            submission,
            one.required_image_id in missing,
            [other for other in asked if _stands_for(other, one)],
        )
        for one in asked
    ]


def _stands_for(other: resources_pb2.RequiredImage, one: resources_pb2.RequiredImage) -> bool:
    group = one.alternative_group
    return bool(group) and other.alternative_group == group and other.required_image_id != one.required_image_id
