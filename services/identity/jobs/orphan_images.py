"""Which images an account or a phone change names (ID-6, ID-11): the others are removed."""

from collections.abc import Sequence

from services.identity.dependencies import Dependencies
from services.identity.domain.candidates import PORTRAIT_KEY
from services.identity.domain.reviewed_phone_changes import IMAGE_KEY


async def named_image_keys(deps: Dependencies, keys: Sequence[str]) -> frozenset[str]:
    """Those of some keys of images that a row names, and those that are no images of ours."""
    proofs = [key for key in keys if IMAGE_KEY.fullmatch(key)]
    portraits = [key for key in keys if PORTRAIT_KEY.fullmatch(key)]
    strangers = frozenset(keys).difference(proofs, portraits)
    named = await deps.candidates.named_portrait_keys(portraits)
    return strangers | named | await deps.phone_changes.named_proof_keys(proofs)
