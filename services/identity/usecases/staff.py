"""Reviewers' and operators' accounts (RE-2, OP-1)."""

from collections.abc import Sequence
from contextlib import suppress

from chassis.audit_log.notes import AuditAction, AuditNote
from chassis.ids import derived_id
from services.identity.dependencies import Dependencies
from services.identity.domain.staff import (
    AUTHORITY,
    NewStaff,
    Staff,
    StaffKind,
    disabled,
    require_fitting_organisation,
    require_same_account,
)
from services.identity.errors import LoginNameTaken
from services.identity.usecases.authentication.new_passwords import require_staff_password
from services.identity.usecases.authentication.revocations import learn_revocations


async def create_staff(deps: Dependencies, wanted: NewStaff, initial_password: str) -> Staff:
    """An account, or the same one that is there already, while its initial password stands. Raises
    OperatorOutsideAuthority, WeakPassword, LoginNameTaken.

    Login names never change, so the id derives from it: two replicas that start at once make one account.
    """
    require_fitting_organisation(wanted)
    require_staff_password(deps, initial_password, wanted.login_name, field="initial_password")
    new = Staff(
        staff_id=derived_id("staff", wanted.login_name),
        login_name=wanted.login_name,
        display_name=wanted.display_name,
        kind=wanted.kind,
        organisation=wanted.organisation,
        create_time=deps.clock.now(),
    )
    password_hash = await deps.password_hasher.hashed(initial_password)
    async with deps.transaction() as together:
        present = await together.staff.add_staff(new, password_hash)
        if present is new:
            note = AuditNote(AuditAction.STAFF_CREATED, "staff", new.staff_id, facts=_about(new))
            await together.audit_log.add_entry(note, at=deps.clock.now())
    if present is not new:
        require_same_account(present, wanted)
        known = await deps.credentials.find_by_subject(present.staff_id)
        if not await deps.password_hasher.fits(initial_password, known.password_hash if known else None):
            raise LoginNameTaken(login_name=wanted.login_name)
    return present


async def list_staff(deps: Dependencies, organisation: str, after: tuple[str] | None, size: int) -> Sequence[Staff]:
    """Accounts by login name, after a login name."""
    return await deps.staff.list_staff(organisation, after[0] if after else "", size)


async def disable_staff(deps: Dependencies, staff_id: str, reason: str, *, by: str) -> Staff:
    """The account disabled and logged out, which is noted with the reason (RE-11); its access tokens end with that
    (F-32). Raises NotFound, OwnAccount.
    """
    after = disabled(await deps.staff.get_staff(staff_id), reason, by=by)
    async with deps.transaction() as together:
        if not await together.staff.disable_staff(staff_id, reason):
            return await deps.staff.get_staff(staff_id)
        await together.login_sessions.end_all_login_sessions(staff_id, at=deps.clock.now())
        note = AuditNote(AuditAction.STAFF_DISABLED, "staff", staff_id, reason=reason, facts=_about(after))
        await together.audit_log.add_entry(note, at=deps.clock.now())
    await learn_revocations(deps)
    return after


async def ensure_first_operator(deps: Dependencies) -> None:
    """The operator who makes all other accounts, where one is configured (OP-1). An account that is there stays as it
    is, its password too.
    """
    login_name, password = deps.config.bootstrap_operator_login, deps.config.bootstrap_operator_password
    if login_name and password:
        first = NewStaff(login_name, login_name, StaffKind.OPERATOR, AUTHORITY)
        with suppress(LoginNameTaken):
            await create_staff(deps, first, password.get_secret_value())


def _about(account: Staff) -> dict[str, str]:
    return {"kind": account.kind.value, "organisation": account.organisation}
