"""Accounts that have ended because another one proved their document number (ID-15): what enrollment ends with them."""

from collections import defaultdict
from collections.abc import Sequence

from services.enrollment.dependencies import Dependencies
from services.enrollment.domain.registrations import ProofState
from services.enrollment.domain.selections import EndedSelection, SelectionState
from services.enrollment.repository.transactional_writes import Transaction


async def end_account(deps: Dependencies, transaction: Transaction, candidate_id: str) -> None:
    """Ends the selections of an account; nobody needs to decide whether it may have its major (EN-4)."""
    await end_selections(deps, transaction, candidate_id)
    for held in await transaction.list_own_registrations(candidate_id):
        if held.review_case_id and held.proof_state is not ProofState.APPROVED:
            await transaction.note_case_withdrawal(held.review_case_id)


async def end_selections(deps: Dependencies, transaction: Transaction, candidate_id: str) -> int:
    """Ends the selections of an account, and what waits for somebody else because of them; their number.

    An order is cancelled, and what was paid goes back: money is never kept silently (PA-3, PA-6).
    """
    ended = await transaction.end_selections_of(candidate_id, deps.clock.now())
    for case_id in sorted({one.case_id for one in ended if one.case_id}):
        await transaction.note_case_withdrawal(case_id)
    for order_id in sorted({one.order_id for one in ended if one.state is SelectionState.RESERVED}):
        await transaction.note_order_cancellation(order_id)
    for order_id, selection_ids in _paid(ended).items():
        await transaction.note_refund(order_id, selection_ids)
    return len(ended)


async def end_late_selections(deps: Dependencies) -> int:
    """Ends what an account that has ended selected at the same moment; the number of selections."""
    ended = 0
    for candidate_id in await deps.registrations.list_ended_with_selections():
        async with deps.transactions.begin() as transaction:
            ended += await end_selections(deps, transaction, candidate_id)
    return ended


def _paid(ended: Sequence[EndedSelection]) -> dict[str, list[str]]:
    """What was paid, by order."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for one in ended:
        if one.state is SelectionState.EFFECTIVE and one.order_id:
            found[one.order_id].append(one.selection_id)
    return found
