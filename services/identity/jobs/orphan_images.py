"""Removes images that neither an account nor a phone change names (ID-6, ID-11)."""

from collections.abc import Sequence
from functools import partial

from chassis.media.orphan_images import OrphanImages
from chassis.process.periodic_job import PeriodicJob
from services.identity.dependencies import Dependencies
from services.identity.domain.candidates import PORTRAIT_KEY
from services.identity.domain.phone_changes import IMAGE_KEY


def orphan_images(deps: Dependencies) -> PeriodicJob:
    """The job that removes them."""
    return OrphanImages(deps.blobs, partial(named_image_keys, deps), deps.clock).job()


async def named_image_keys(deps: Dependencies, keys: Sequence[str]) -> frozenset[str]:
    """Those of some keys of images that a row names, and those that are no images of ours."""
    proofs = [key for key in keys if IMAGE_KEY.fullmatch(key)]
    portraits = [key for key in keys if PORTRAIT_KEY.fullmatch(key)]
    strangers = frozenset(keys).difference(proofs, portraits)
    named = await deps.candidates.named_portrait_keys(portraits)
    return strangers | named | await deps.phone_changes.named_proof_keys(proofs)
