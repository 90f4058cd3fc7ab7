"""Reviewers' and operators' accounts (RE-2, OP-1)."""

from collections.abc import Sequence

from chassis.clock import Clock
from chassis.ids import derived_id
from services.identity.domain.passwords import require_password
from services.identity.domain.staff import (
    AUTHORITY,
    Staff,
    StaffKind,
    disabled,
    require_fitting_organisation,
    require_same_account,
)
from services.identity.ports import Store
from services.identity.ports.logins import Passwords


def staff_id_of(login_name: str) -> str:
    """Login names never change, so the id derives from it: two replicas that start at once make one account."""
    return derived_id("staff", login_name)


async def create_staff(wanted: Staff, initial_password: str, *, store: Store, passwords: Passwords) -> Staff:
    """An account, or the one that is there already. Raises OperatorOutsideAuthority, WeakPassword, LoginNameTaken."""
    require_fitting_organisation(wanted)
    require_password(initial_password, field="initial_password")
    present = await store.staff.add(wanted, await passwords.hashed(initial_password))
    require_same_account(present, wanted)
    return present


async def list_staff(organisation: str, after: str, size: int, *, store: Store) -> Sequence[Staff]:
    """Accounts by login name, after a login name."""
    return await store.staff.page(organisation, after, size)


async def disable_staff(staff_id: str, *, by: str, store: Store, clock: Clock) -> Staff:
    """The account disabled and logged out. Raises NotFound, OwnAccount."""
    after = disabled(await store.staff.get(staff_id), by=by)
    async with store.transaction() as together:
        await together.staff.disable(staff_id)
        await together.logins.end_all(staff_id, at=clock.now())
    return after


async def ensure_first_operator(
    login_name: str, initial_password: str, *, store: Store, passwords: Passwords, clock: Clock
) -> None:
    """The operator who makes all other accounts (OP-1). An account that is there stays as it is, its password too."""
    first = Staff(
        staff_id=staff_id_of(login_name),
        login_name=login_name,
        display_name=login_name,
        kind=StaffKind.OPERATOR,
        organisation=AUTHORITY,
        create_time=clock.now(),
    )
    await create_staff(first, initial_password, store=store, passwords=passwords)
