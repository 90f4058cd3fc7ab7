"""Checks and re-encodes what candidates upload, in a bounded pool of threads (RE-3)."""

from chassis.media.image_sanitizing import UnfitImage, reencoded, require_bytes
from chassis.process.thread_pool import ThreadPool
from services.review.adapters.image_comparison import fingerprint_of
from services.review.domain.materials import Image
from services.review.errors import MaterialRefused


class PillowImageChecker:
    """Checks and re-encodes with Pillow."""

    def __init__(self, threads: ThreadPool) -> None:
        self._threads = threads

    async def checked(self, content: bytes) -> Image:
        """The image, re-encoded. What is too large is refused before it takes a thread.

        Raises MaterialRefused, Overloaded.
        """
        try:
            require_bytes(len(content))
            return await self._threads.do(_checked, content)
        except UnfitImage as unfit:
            raise MaterialRefused(fields=[unfit.violation]) from unfit


def _checked(content: bytes) -> Image:
    picture = reencoded(content)
    return Image(picture.content, picture.width, picture.height, fingerprint_of(picture.pixels))
