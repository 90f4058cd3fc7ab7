"""What review needs from outside: somebody who checks images, and who compares them."""

from collections.abc import Sequence
from typing import Protocol

from services.review.domain.duplicate_images import Fingerprint, Suspect
from services.review.domain.materials import Image


class ImageChecker(Protocol):
    """Checks and re-encodes images (RE-3)."""

    async def checked(self, content: bytes) -> Image:
        """The image, re-encoded without metadata. Raises MaterialRefused, Overloaded."""
        ...


class ImageComparer(Protocol):
    """Compares images (RE-8)."""

    def orientations(self, fingerprint: Fingerprint) -> Sequence[Fingerprint]:
        """The fingerprint of an image in each of the eight ways it can lie, as it is first."""
        ...

    async def same(self, orientations: Sequence[Fingerprint], suspects: Sequence[Suspect]) -> frozenset[str]:
        """The ids of those suspects that show the same image, in whichever way it lies. Raises Overloaded."""
        ...
