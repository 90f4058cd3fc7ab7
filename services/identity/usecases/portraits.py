"""Portraits: checked, normalised, kept outside the database (ID-6)."""

import hashlib

from chassis.clock import Clock
from chassis.errors import NotFound
from chassis.ids import new_id
from services.identity.domain.candidate import Candidate, Portrait, with_portrait
from services.identity.domain.photos import PhotoRules, accepted
from services.identity.ports import Store
from services.identity.ports.images import BlobStore, PhotoChecker
from services.identity.usecases.changes import change


async def upload_portrait(
    candidate_id: str,
    upload: bytes,
    *,
    store: Store,
    checker: PhotoChecker,
    rules: PhotoRules,
    blobs: BlobStore,
    clock: Clock,
) -> Candidate:
    """The portrait in place of the one before (ID-6).

    The image is kept before the account names it, so an account never names an image that is not there.
    Raises PortraitRefused, IdentityFixed, Overloaded.
    """
    before = await store.candidates.get(candidate_id)
    jpeg = accepted(await checker.inspect(upload), rules)
    now = clock.now()
    portrait = Portrait(f"{candidate_id}/{new_id()}", hashlib.sha256(jpeg).hexdigest(), now)
    if with_portrait(before, portrait, at=now) is before:
        return before
    await blobs.put(portrait.key, jpeg)
    after = await change(store.candidates, candidate_id, lambda known: with_portrait(known, portrait, at=now))
    if after.portrait is not None and after.portrait.key != portrait.key:
        await blobs.delete(portrait.key)
    elif before.portrait is not None:
        await blobs.delete(before.portrait.key)
    return after


async def read_portrait(candidate_id: str, *, store: Store, blobs: BlobStore) -> bytes:
    """The portrait on record. Raises NotFound."""
    candidate = await store.candidates.get(candidate_id)
    if candidate.portrait is None:
        raise NotFound()
    return await blobs.get(candidate.portrait.key)
