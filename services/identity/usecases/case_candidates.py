"""The person beside the proofs: what the reviewer of a case sees of its candidate (RE-3, RE-7)."""

from services.identity.domain.candidate import Candidate
from services.identity.ports import Store
from services.identity.ports.cases import Looks, Reviewer, Seen
from services.identity.ports.images import BlobStore
from services.identity.usecases.portraits import read_portrait


async def candidate_of(case_id: str, reviewer: Reviewer, *, store: Store, looks: Looks) -> Candidate:
    """The account of the candidate of a case. Raises review's refusal, NotFound."""
    return await store.candidates.get(await looks.admit(case_id, reviewer, Seen.PARTICULARS))


async def portrait_of(case_id: str, reviewer: Reviewer, *, store: Store, blobs: BlobStore, looks: Looks) -> bytes:
    """The portrait on record of the candidate of a case. Raises review's refusal, NotFound."""
    candidate_id = await looks.admit(case_id, reviewer, Seen.PORTRAIT)
    return await read_portrait(candidate_id, store=store, blobs=blobs)
