"""Checks and re-encodes what candidates upload, in a bounded pool of threads (RE-3)."""

from chassis.media.proof_images import PROOFS, UnfitImage, reencoded
from chassis.process.thread_pool import ThreadPool
from services.review.adapters.likeness import print_of
from services.review.domain.materials import Image
from services.review.errors import MaterialRefused


class PillowImages:
    """The port `Images`."""

    def __init__(self, workshop: ThreadPool) -> None:
        self._workshop = workshop

    async def checked(self, content: bytes) -> Image:
        """As the port says. What is too large is refused before it takes a thread."""
        try:
            PROOFS.require_bytes(len(content))
            return await self._workshop.do(_checked, content)
        except UnfitImage as unfit:
            raise MaterialRefused(fields=[unfit.violation]) from unfit


def _checked(content: bytes) -> Image:
    picture = reencoded(content)
    return Image(picture.content, picture.width, picture.height, print_of(picture.pixels))
