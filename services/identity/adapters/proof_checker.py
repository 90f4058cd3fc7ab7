"""Checks and re-encodes the proof images of phone changes in a bounded pool of threads (RE-3, ID-11)."""

from chassis.media.image_sanitizing import UnfitImage, require_bytes, sanitize
from chassis.process.memory_budget import MemoryBudget
from chassis.process.thread_pool import ThreadPool
from services.identity.errors import ImageRefused


class VipsProofChecker:
    """Checks and re-encodes with libvips."""

    def __init__(self, threads: ThreadPool, memory: MemoryBudget) -> None:
        self._threads = threads
        self._memory = memory

    async def checked(self, upload: bytes) -> bytes:
        """The image as JPEG without metadata; what is too large is refused before it takes a thread.

        Raises ImageRefused, Overloaded.
        """
        try:
            require_bytes(len(upload))
            return (await self._threads.do(sanitize, upload, self._memory)).content
        except UnfitImage as unfit:
            raise ImageRefused(fields=[unfit.violation]) from unfit
