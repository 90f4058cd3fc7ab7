"""Portraits: checked, normalised, kept outside the database (ID-6)."""

import hashlib

from chassis.errors import NotFound
from chassis.ids import new_id
from services.identity.dependencies import Dependencies
from services.identity.domain.candidates import Candidate, Portrait, with_portrait
from services.identity.domain.photos.photo_rules import accepted
from services.identity.usecases.candidate_update_loop import change_candidate


async def upload_portrait(deps: Dependencies, candidate_id: str, upload: bytes) -> Candidate:
    """The portrait in place of the one before (ID-6).

    The image is kept before the account names it, so an account never names an image that is not there.
    Raises PortraitRefused, IdentityFixed, Overloaded.
    """
    before = await deps.candidates.get_candidate(candidate_id)
    jpeg = accepted(await deps.photo_checker.inspect(upload), deps.config.photo)
    now = deps.clock.now()
    portrait = Portrait(f"{candidate_id}/{new_id()}", hashlib.sha256(jpeg).hexdigest(), now)
    if with_portrait(before, portrait, at=now) is before:
        return before
    await deps.blobs.put(portrait.key, jpeg)
    after = await change_candidate(deps, candidate_id, lambda known: with_portrait(known, portrait, at=now))
    if after.portrait is not None and after.portrait.key != portrait.key:
        await deps.blobs.delete(portrait.key)
    elif before.portrait is not None:
        await deps.blobs.delete(before.portrait.key)
    return after


async def read_portrait(deps: Dependencies, candidate_id: str) -> bytes:
    """The portrait on record. Raises NotFound."""
    candidate = await deps.candidates.get_candidate(candidate_id)
    if candidate.portrait is None:
        raise NotFound()
    return await deps.blobs.get(candidate.portrait.key)
