"""Accounts that end because their document number is another's (ID-15): what ends with them, and what is told."""

from collections.abc import Iterable
from typing import Final

from chassis.errors import Contention
from chassis.ids import derived_id
from services.identity.dependencies import Dependencies
from services.identity.domain.accounts_of_number import Change
from services.identity.domain.reviewed_phone_changes import without_account
from services.identity.usecases.authentication.revocations import learn_revocations
from services.identity.usecases.candidate_messages import tell_candidate

TEMPLATE: Final = "account ended"

_TEXT: Final = (
    "【自考报名】您的一个账号已终止，所选课程随之失效：其证件号码已在另一账号中完成核验，或长期未核验，"
    "或经考试院查明不属于该证件持有人。如确为本人证件，请用证件号码登录或找回密码，或联系主考学校。"
    "An account of yours has ended, and its selections with it: its document number was verified in another account, "
    "it was left unverified, or the exam authority found that the document is another person's. If the document is "
    "yours, log in by its number, recover the password, or ask your host school."
)


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
    """Tells the owner of an ended account, without a word about any other; telling again sends nothing twice. Their
    access tokens have ended by then (F-32). Raises MessagesUnavailable.
    """
    await learn_revocations(deps)
    await tell_candidate(deps, derived_id(TEMPLATE, candidate_id), candidate_id, TEMPLATE, _TEXT)


async def _end_what_was_open(deps: Dependencies, change: Change) -> None:
    now, candidate_id = change.after.update_time, change.after.candidate_id
    await deps.login_sessions.end_all_login_sessions(candidate_id, at=now)
    for request in await deps.phone_changes.lock_open_phone_changes(candidate_id):
        await deps.phone_changes.end_phone_change(request, without_account(request, at=now))
