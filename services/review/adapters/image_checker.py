"""Checks and re-encodes what candidates upload, in a bounded pool of threads (RE-3)."""

from chassis.media.image_sanitizing import UnfitImage, require_bytes, sanitize
from chassis.process.memory_budget import MemoryBudget
from chassis.process.thread_pool import ThreadPool
from services.review.adapters.image_comparison import fingerprint_of
from services.review.domain.materials import Image
from services.review.errors import MaterialRefused


class VipsImageChecker:
    """Checks and re-encodes with libvips."""

    def __init__(self, threads: ThreadPool, memory: MemoryBudget) -> None:
        self._threads = threads
        self._memory = memory

    async def checked(self, content: bytes) -> Image:
        """The image, re-encoded. What is too large is refused before it takes a thread.

        Raises MaterialRefused, Overloaded.
        """
        try:
            require_bytes(len(content))
            return await self._threads.do(_checked, content, self._memory)
        except UnfitImage as unfit:
            raise MaterialRefused(fields=[unfit.violation]) from unfit


def _checked(content: bytes, memory: MemoryBudget) -> Image:
    image = sanitize(content, memory)
    return Image(image.content, image.width, image.height, fingerprint_of(image.content))
