"""What recovers an account changes only shortly after its owner was proven (ID-17)."""

from chassis.errors import Unauthenticated
from services.identity.dependencies import Dependencies
from services.identity.domain.authentication.second_factors import StaffLogin


async def require_recent_proof(deps: Dependencies, subject_id: str, login_session_id: str) -> None:
    """Raises RecentProofRequired, and Unauthenticated when the login session has ended."""
    now = deps.clock.now()
    proof = await deps.login_sessions.find_proof(StaffLogin(subject_id, login_session_id), at=now)
    if proof is None:
        raise Unauthenticated()
    proof.require_recent(at=now, good_for=deps.config.proof_good_for)
