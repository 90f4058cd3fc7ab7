"""Accounts that end because their document number is another's (ID-15): what ends with them, and what is told."""

from collections.abc import Iterable

from chassis.errors import Contention
from services.identity.dependencies import Dependencies
from services.identity.domain.accounts_of_number import Change
from services.identity.domain.authentication.recovery_contacts import contacts_on_record
from services.identity.domain.messages.message_kinds import Message, MessageKind
from services.identity.domain.reviewed_phone_changes import without_account
from services.identity.usecases.authentication.revocations import learn_revocations
from services.identity.usecases.messages import tell


async def apply_changes(deps: Dependencies, changes: Iterable[Change]) -> None:
    """Changes accounts that are locked; with one that ends, its login sessions and lost-phone requests end. `deps` are
    inside a transaction. Raises Contention.
    """
    for change in changes:
        if change.after is change.before:
            continue
        if not await deps.candidates.replace_candidate(change.before, change.after):
            raise Contention()
        if change.after.ended:
            await _end_what_was_open(deps, change)


async def tell_account_ended(deps: Dependencies, candidate_id: str) -> None:
    """Tells the owner of an ended account by every phone and e-mail on record (ID-17), without a word about any other;
    telling again sends nothing twice. Their access tokens have ended by then (F-32).
    """
    await learn_revocations(deps)
    message = Message(candidate_id, MessageKind.ACCOUNT_ENDED, candidate_id, deps.clock.now())
    await tell(deps, message, contacts_on_record(await deps.candidates.get_candidate(candidate_id)))


async def _end_what_was_open(deps: Dependencies, change: Change) -> None:
    now, candidate_id = change.after.update_time, change.after.candidate_id
    await deps.login_sessions.end_all_login_sessions(candidate_id, at=now)
    for request in await deps.phone_changes.lock_open_phone_changes(candidate_id):
        await deps.phone_changes.end_phone_change(request, without_account(request, at=now))
