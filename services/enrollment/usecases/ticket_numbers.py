"""Keeping a person's standing, and issuing the ticket numbers that become due (ID-9)."""

from typing import Final

from services.enrollment.dependencies import Dependencies
from services.enrollment.domain.registrations import IdentityState, Registration, Standing, may_have_ticket
from services.enrollment.repository.transactional_writes import Transaction
from services.enrollment.usecases.account_endings import end_account

MOST_DRAWN: Final = 8192


async def keep_standing(deps: Dependencies, transaction: Transaction, standing: Standing) -> None:
    """Keeps a standing unless a newer one is kept, and issues the ticket numbers that it makes due. What an account
    selected ends with it (ID-15).
    """
    if await transaction.save_standing(standing) and standing.identity_state is IdentityState.ENDED:
        await end_account(deps, transaction, standing.candidate_id)
    await issue_ticket_numbers(deps, transaction, standing.candidate_id)


async def issue_ticket_numbers(deps: Dependencies, transaction: Transaction, candidate_id: str) -> None:
    """ID-9: gives every registration that may have one its ticket number, once.

    Registering and hearing of a standing both lock the standing before they look at the other's rows; without that each
    could miss what the other has not committed yet, and the number would never be issued.
    """
    standing = await transaction.lock_standing(candidate_id)
    for registration in await transaction.list_own_registrations(candidate_id):
        if not registration.ticket_number and may_have_ticket(standing, registration):
            await _issue(deps, transaction, registration)


async def _issue(deps: Dependencies, transaction: Transaction, registration: Registration) -> None:
    """The next number, or where imported registrations hold it and those after it, the first that is free: twice as
    many are drawn each time, so that a hundred thousand are passed over in a moment. What is drawn and not used is a
    gap.
    """
    count, written = 1, deps.config.ticket_number.written
    while True:
        drawn = [written(number) for number in await transaction.draw_ticket_numbers(count)]
        for ticket_number in await transaction.list_unused_ticket_numbers(drawn):
            if await transaction.issue_ticket_number(registration, ticket_number):
                return
        count = min(2 * count, MOST_DRAWN)
