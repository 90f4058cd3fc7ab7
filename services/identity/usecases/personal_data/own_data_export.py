"""Everything that identity holds about a candidate, for that candidate (ID-20)."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final

from chassis.errors import NotFound
from chassis.personal_data.export import File
from chassis.security.rate_limits import Rate
from services.identity.dependencies import Dependencies
from services.identity.usecases.authentication.recent_proofs import require_recent_proof

EXPORTS: Final = Rate("exports of own data", 5, timedelta(hours=1))


async def export_own_data(deps: Dependencies, candidate_id: str, login_session_id: str) -> AsyncIterator[File]:
    """Everything that is held about whoever calls, whom a fresh proof has proven: it shows all there is. Raises
    RecentProofRequired, TooManyRequests.
    """
    await require_recent_proof(deps, candidate_id, login_session_id)
    await deps.rates.hit(EXPORTS, candidate_id)
    async for file in deps.own_data.export_rows(candidate_id):
        yield file
    candidate = await deps.candidates.get_candidate(candidate_id)
    for number, key in enumerate(await deps.account_erasures.list_image_keys(candidate), 1):
        try:
            yield f"images/{number}.jpg", await deps.blobs.get(key)
        except NotFound:  # replaced, or removed with its request, since
            continue
