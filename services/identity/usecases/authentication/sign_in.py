"""Signing in through an organisation's provider, and whom its subjects are (ID-18)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from chassis.audit_log.notes import AuditAction, AuditNote
from chassis.errors import NotFound, Unauthenticated
from chassis.security.rate_limits import Rate
from services.identity.dependencies import Dependencies
from services.identity.domain.authentication.sign_in import (
    SignInProvider,
    SignInStart,
    StaffIdentity,
    require_account,
    require_own_provider,
)
from services.identity.domain.login_sessions import Device, IssuedTokens
from services.identity.domain.staff import Staff
from services.identity.errors import SignInUnknown
from services.identity.usecases.authentication.login_sessions import open_login_session

ATTEMPTS: Final = Rate("sign-ins from source", 120, timedelta(minutes=10))


async def list_sign_in_providers(deps: Dependencies) -> Sequence[SignInProvider]:
    """All that are configured."""
    return deps.sign_in_providers.listed()


async def start_sign_in(deps: Dependencies, provider_id: str, source: str, *, fresh: bool = False) -> SignInStart:
    """Where to go; to be asked anew there if `fresh` (ID-17). Raises NotFound, SignInProviderUnavailable,
    TooManyRequests.
    """
    await deps.rates.hit(ATTEMPTS, source)
    return await deps.sign_in_providers.start(provider_id, fresh=fresh)


async def complete_sign_in(
    deps: Dependencies, sealed_attempt: str, state: str, authorization_code: str, device: Device
) -> IssuedTokens:
    """Opens a login session of the account that an operator linked to whom the provider vouches for; nobody gets an
    account by signing in. Raises SignInExpired, SignInRefused, SignInUnknown, SignInProviderUnavailable,
    TooManyRequests.
    """
    await deps.rates.hit(ATTEMPTS, device.source)
    proven = await deps.sign_in_providers.complete(sealed_attempt, state, authorization_code)
    staff_id = await deps.staff_identities.find_staff_id(proven.provider.issuer, proven.subject)
    known = await deps.credentials.find_by_subject(staff_id) if staff_id else None
    account = require_account(known.account if known else None, proven.provider)
    factor_time = deps.clock.now() if proven.provider.proves_second_factor else None
    try:
        return await open_login_session(
            deps,
            account,
            device,
            provider_id=proven.provider.provider_id,
            proven_time=proven.asked_time,
            factor_time=factor_time,
        )
    except Unauthenticated:
        raise SignInUnknown() from None


async def link_staff_identity(
    deps: Dependencies, staff_id: str, provider_id: str, subject: str
) -> tuple[Staff, Sequence[StaffIdentity]]:
    """The account is whom the provider calls `subject`, and nobody else there. Raises NotFound,
    ProviderOfAnotherOrganisation, IdentityTaken.
    """
    staff = await deps.staff.get_staff(staff_id)
    provider = next((one for one in deps.sign_in_providers.listed() if one.provider_id == provider_id), None)
    if provider is None:
        raise NotFound()
    require_own_provider(provider, staff)
    identity = StaffIdentity(provider.issuer, subject, staff_id, deps.clock.now())
    async with deps.transaction() as together:
        if await together.staff_identities.set_identity(identity):
            note = AuditNote(AuditAction.IDENTITY_LINKED, "staff", staff_id, facts={"provider": provider_id})
            await together.audit_log.add_entry(note, at=deps.clock.now())
    return await get_staff_account(deps, staff_id)


async def unlink_staff_identities(
    deps: Dependencies, staff_id: str, reason: str
) -> tuple[Staff, Sequence[StaffIdentity]]:
    """The account is signed in to by its password only, which is noted with the reason (RE-11). Raises NotFound."""
    await deps.staff.get_staff(staff_id)
    async with deps.transaction() as together:
        if await together.staff_identities.delete_identities(staff_id):
            note = AuditNote(AuditAction.IDENTITY_UNLINKED, "staff", staff_id, reason=reason)
            await together.audit_log.add_entry(note, at=deps.clock.now())
    return await get_staff_account(deps, staff_id)


async def get_staff_account(deps: Dependencies, staff_id: str) -> tuple[Staff, Sequence[StaffIdentity]]:
    """An account, and whom providers know it as. Raises NotFound."""
    return await deps.staff.get_staff(staff_id), await deps.staff_identities.list_identities(staff_id)
