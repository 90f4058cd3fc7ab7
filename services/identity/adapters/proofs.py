"""Checks and re-encodes the proof images of phone changes in a bounded pool of threads (RE-3, ID-11)."""

from chassis.media.proof_images import PROOFS, UnfitImage, reencoded
from chassis.process.thread_pool import ThreadPool
from services.identity.errors import ImageRefused


class CheckedProofs:
    """The port `ProofImages`."""

    def __init__(self, workshop: ThreadPool) -> None:
        self._workshop = workshop

    async def checked(self, upload: bytes) -> bytes:
        """As the port says."""
        try:
            PROOFS.require_bytes(len(upload))
            return (await self._workshop.do(reencoded, upload)).content
        except UnfitImage as unfit:
            raise ImageRefused(fields=[unfit.violation]) from unfit
