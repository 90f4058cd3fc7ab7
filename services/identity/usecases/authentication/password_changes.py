"""Choosing and changing passwords (ID-3, ID-4)."""

from dataclasses import replace

from chassis.audit_log.notes import AuditAction, AuditNote
from chassis.errors import Unauthenticated
from services.identity.dependencies import Dependencies
from services.identity.domain.authentication.recovery_contacts import password_change
from services.identity.domain.authentication.second_factors import StaffLogin
from services.identity.domain.candidates import with_password_changed
from services.identity.domain.login_sessions import Account, AccountKind, Device, IssuedTokens
from services.identity.errors import WrongPassword
from services.identity.usecases.authentication.login_sessions import open_login_session
from services.identity.usecases.authentication.new_passwords import require_changed_password
from services.identity.usecases.authentication.password_proofs import require_own_password
from services.identity.usecases.authentication.revocations import learn_revocations
from services.identity.usecases.candidate_update_loop import change_candidate
from services.identity.usecases.messages import tell_recovery_change


async def change_password(
    deps: Dependencies, subject_id: str, old: str, new: str, device: Device, *, login_session_id: str
) -> IssuedTokens:
    """Another password; all login sessions end and a new one opens, unrestricted (ID-3, ID-4). A second factor that was
    proven in the caller's counts in the new one, and an enrolled one must be (ID-18). A candidate is told by all
    channels on record (ID-17); of staff it is noted (RE-11).

    Raises SecondFactorRequired, WeakPassword, WrongPassword, TooManyRequests after several wrong old ones, Overloaded.
    """
    deps.password_hasher.require_room()
    known = await deps.credentials.find_by_subject(subject_id)
    proof = await deps.login_sessions.find_proof(StaffLogin(subject_id, login_session_id), at=deps.clock.now())
    if known is None or proof is None:
        raise Unauthenticated()
    if known.account.has_second_factor:
        proof.require_factor()
    await require_changed_password(deps, known.account, old, new)
    await require_own_password(deps, known, old)
    password_hash = await deps.password_hasher.hashed(new)
    async with deps.transaction() as together:
        now, expected = deps.clock.now(), known.password_hash
        if not await together.credentials.set_password(subject_id, password_hash, expected=expected, at=now):
            raise WrongPassword()
        await _lift_restriction(together, known.account)
        await together.login_sessions.end_all_login_sessions(subject_id, at=now)
        if known.account.kind is not AccountKind.CANDIDATE:
            note = AuditNote(AuditAction.PASSWORD_CHANGED, "staff", subject_id)
            await together.audit_log.add_entry(note, at=now)
    await learn_revocations(deps)
    account = replace(known.account, needs_password_change=False)
    proven = replace(known, account=account, password_hash=password_hash)
    return await open_login_session(deps, account, device, proven=proven, factor_time=proof.factor_time)


async def _lift_restriction(deps: Dependencies, account: Account) -> None:
    now = deps.clock.now()
    if account.kind is AccountKind.CANDIDATE:
        candidate = await change_candidate(deps, account.subject_id, lambda known: with_password_changed(known, at=now))
        await tell_recovery_change(deps, password_change(candidate))
    else:
        await deps.staff.mark_password_chosen(account.subject_id)
