"""Hearing of a person's standing, and issuing the ticket numbers that become due (ID-9)."""

from typing import Final

from services.enrollment.domain.registration import Registration, Standing, TicketNumbers, may_have_ticket
from services.enrollment.ports import Changes

MOST_DRAWN: Final = 8192


async def hear_standing(standing: Standing, changes: Changes, tickets: TicketNumbers) -> None:
    """Keeps a standing unless a newer one is kept, and issues the ticket numbers that it makes due."""
    await changes.keep_standing(standing)
    await issue_ticket_numbers(standing.candidate_id, changes, tickets)


async def issue_ticket_numbers(candidate_id: str, changes: Changes, tickets: TicketNumbers) -> None:
    """ID-9: gives every registration that may have one its ticket number, once.

    Registering and hearing of a standing both lock the standing before they look at the other's rows; without that each
    could miss what the other has not committed yet, and the number would never be issued.
    """
    standing = await changes.lock_standing(candidate_id)
    for registration in await changes.registrations_of(candidate_id):
        if not registration.ticket_number and may_have_ticket(standing, registration):
            await _issue(registration, changes, tickets)


async def _issue(registration: Registration, changes: Changes, tickets: TicketNumbers) -> None:
    """The next number, or where imported registrations hold it and those after it, the first that is free: twice as
    many are drawn each time, so that a hundred thousand are passed over in a moment. What is drawn and not used is a
    gap.
    """
    count = 1
    while True:
        drawn = [tickets.format(number) for number in await changes.draw_ticket_numbers(count)]
        for ticket_number in await changes.unused(drawn):
            if await changes.issue(registration, ticket_number):
                return
        count = min(2 * count, MOST_DRAWN)
