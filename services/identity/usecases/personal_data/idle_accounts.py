"""Accounts that nobody verified and nobody uses are erased, as the retention schedule says (ID-20)."""

from typing import Final

from chassis.errors import Refusal
from services.identity.dependencies import Dependencies
from services.identity.domain.personal_data.account_erasures import ErasureCause
from services.identity.usecases.personal_data.account_erasure import erase_account

AT_ONCE: Final = 50
MOST_ERASED: Final = 500
"""In one round: whatever goes wrong goes wrong slowly, and shows to operators first."""


async def erase_idle_accounts(deps: Dependencies) -> int:
    """Erases accounts that are idle for as long as the schedule says, some at a time; how many. One that enrollment
    must keep stays. Safe in several replicas at once: an erasure that has begun is seen through by either.
    """
    before, erased, after = deps.clock.now() - deps.config.unverified_kept_for, 0, ""
    while erased < MOST_ERASED and (idle := await deps.account_erasures.list_idle_accounts(before, after, AT_ONCE)):
        for candidate_id in idle:
            try:
                await erase_account(deps, candidate_id, ErasureCause.IDLE)
            except Refusal:
                continue
            erased += 1
        after = idle[-1]
    return erased
