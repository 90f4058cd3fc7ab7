"""Second factors of staff, enrolled, proven, taken away and reset (ID-17, ID-18)."""

import base64
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

import pyotp

from chassis.audit_log.notes import AuditAction, AuditNote
from chassis.errors import Unauthenticated
from chassis.security.rate_limits import Rate
from services.identity.dependencies import Dependencies
from services.identity.domain.authentication.second_factors import (
    BACKUP_CODE_LENGTH,
    BACKUP_CODES,
    Proof,
    SecondFactors,
    StaffLogin,
    Totp,
    confirmed_step,
    normal_backup_code,
    otpauth_uri,
    proven_step,
    shown_backup_code,
)
from services.identity.domain.login_sessions import IssuedTokens
from services.identity.domain.staff import Staff, require_another
from services.identity.errors import TotpEnrolled, WrongSecondFactor
from services.identity.usecases.authentication.login_sessions import prove_login_session
from services.identity.usecases.authentication.revocations import learn_revocations

PROOFS: Final = Rate("second factors", 5, timedelta(minutes=10))
"""Wrong proofs of an account; only who knows its password can give any."""

TOTP: Final = "totp"
"""An authenticator app, as the audit log names it."""

BITS_PER_CHARACTER: Final = 5
BITS_PER_BYTE: Final = 8


async def get_second_factors(deps: Dependencies, login: StaffLogin) -> tuple[SecondFactors, Proof]:
    """The caller's factors, and what this login session has proven. Raises Unauthenticated when it has ended."""
    return await deps.second_factors.get_second_factors(login.staff_id), await _proof(deps, login)


async def start_totp_enrolment(deps: Dependencies, login: StaffLogin) -> tuple[Totp, str]:
    """A secret for an authenticator app, and the same to scan. Raises TotpEnrolled, SecondFactorRequired,
    RecentProofRequired.
    """
    factors = await changeable_factors(deps, login)
    factors.require_new_totp()
    totp = Totp(pyotp.random_base32())
    if not await deps.second_factors.start_totp(login.staff_id, totp.secret):
        raise TotpEnrolled()
    return totp, otpauth_uri(totp, (await deps.staff.get_staff(login.staff_id)).login_name)


async def confirm_totp_enrolment(
    deps: Dependencies, login: StaffLogin, code: str
) -> tuple[IssuedTokens, Sequence[str]]:
    """The app proves from now on; with the first factor come backup codes. Raises EnrolmentExpired, WrongSecondFactor,
    TooManyRequests, SecondFactorRequired, RecentProofRequired.
    """
    async with counted_proof(deps, login):
        async with deps.transaction() as together:
            await together.second_factors.lock_staff(login.staff_id)
            factors, now = await changeable_factors(together, login), deps.clock.now()
            step = confirmed_step(factors.totp, code, at=now)
            if not await together.second_factors.use_totp_step(login.staff_id, step, at=now, confirms=True):
                raise WrongSecondFactor()
            codes = await settle_enrolment(together, login, factors, TOTP)
        await learn_revocations(deps)
        return await prove_login_session(deps, login), codes


async def prove_totp(deps: Dependencies, login: StaffLogin, code: str) -> IssuedTokens:
    """Proves by a code of the app. Raises WrongSecondFactor, TooManyRequests, Unauthenticated."""
    async with counted_proof(deps, login):
        factors, now = await deps.second_factors.get_second_factors(login.staff_id), deps.clock.now()
        if factors.totp is None or not factors.has_totp:
            raise WrongSecondFactor()
        step = proven_step(factors.totp, code, at=now)
        if not await deps.second_factors.use_totp_step(login.staff_id, step, at=now):
            raise WrongSecondFactor()
        return await prove_login_session(deps, login)


async def prove_backup_code(deps: Dependencies, login: StaffLogin, typed: str) -> IssuedTokens:
    """Proves by a backup code. Raises WrongSecondFactor, TooManyRequests, Unauthenticated."""
    async with counted_proof(deps, login):
        code, now = normal_backup_code(typed), deps.clock.now()
        if not await deps.second_factors.use_backup_code(login.staff_id, code, at=now):
            raise WrongSecondFactor()
        return await prove_login_session(deps, login)


async def delete_totp(deps: Dependencies, login: StaffLogin) -> tuple[SecondFactors, Proof]:
    """The app proves no more. Raises LastSecondFactor, SecondFactorRequired, RecentProofRequired."""
    async with deps.transaction() as together:
        await together.second_factors.lock_staff(login.staff_id)
        factors = await changeable_factors(together, login)
        if factors.has_totp:
            await require_one_to_spare(together, login, factors)
            await together.second_factors.delete_totp(login.staff_id)
            await settle_removal(together, login, TOTP)
    return await get_second_factors(deps, login)


async def create_backup_codes(deps: Dependencies, login: StaffLogin) -> Sequence[str]:
    """New backup codes. Raises NoSecondFactor, SecondFactorRequired, RecentProofRequired."""
    async with deps.transaction() as together:
        await together.second_factors.lock_staff(login.staff_id)
        (await changeable_factors(together, login)).require_any()
        codes = await _new_backup_codes(together, login)
        await _note(together, login, AuditAction.BACKUP_CODES_CREATED)
        return codes


async def reset_second_factors(deps: Dependencies, staff_id: str, reason: str, *, by: str) -> Staff:
    """Takes the lost factors of an account away and ends its login sessions, which is noted (RE-11).

    Raises NotFound, OwnAccount.
    """
    require_another(await deps.staff.get_staff(staff_id), by=by)
    async with deps.transaction() as together:
        await together.second_factors.lock_staff(staff_id)
        await together.second_factors.delete_second_factors(staff_id)
        await together.login_sessions.end_all_login_sessions(staff_id, at=deps.clock.now())
        note = AuditNote(AuditAction.SECOND_FACTORS_RESET, "staff", staff_id, reason=reason)
        await together.audit_log.add_entry(note, at=deps.clock.now())
    await learn_revocations(deps)
    return await deps.staff.get_staff(staff_id)


@asynccontextmanager
async def counted_proof(deps: Dependencies, login: StaffLogin) -> AsyncIterator[None]:
    """Counts a try, and forgives earlier ones when the block proves. Raises TooManyRequests."""
    await deps.rates.hit(PROOFS, login.staff_id)
    yield
    await deps.rates.forgive(PROOFS, login.staff_id)


async def changeable_factors(deps: Dependencies, login: StaffLogin) -> SecondFactors:
    """The caller's factors, which may change now. Raises SecondFactorRequired, RecentProofRequired, Unauthenticated."""
    factors, proof = await get_second_factors(deps, login)
    factors.require_may_change(proof, at=deps.clock.now(), good_for=deps.config.proof_good_for)
    return factors


async def require_one_to_spare(deps: Dependencies, login: StaffLogin, factors: SecondFactors) -> None:
    """Raises LastSecondFactor when the role must have a factor and this is the last."""
    kind = (await deps.staff.get_staff(login.staff_id)).kind
    factors.require_one_to_spare(required=kind in deps.config.second_factor_required_for)


async def settle_enrolment(deps: Dependencies, login: StaffLogin, before: SecondFactors, factor: str) -> Sequence[str]:
    """What goes with a new factor: other login sessions, which have not proven it, end; the first brings backup codes;
    it is noted (RE-11).
    """
    await deps.login_sessions.end_other_login_sessions(login, at=deps.clock.now())
    codes = () if before.enrolled else await _new_backup_codes(deps, login)
    await _note(deps, login, AuditAction.SECOND_FACTOR_ENROLLED, factor=factor)
    return codes


async def settle_removal(deps: Dependencies, login: StaffLogin, factor: str) -> None:
    """What goes with a factor: without any there is nothing for backup codes to stand in for. It is noted (RE-11)."""
    if not (await deps.second_factors.get_second_factors(login.staff_id)).enrolled:
        await deps.second_factors.delete_backup_codes(login.staff_id)
    await _note(deps, login, AuditAction.SECOND_FACTOR_REMOVED, factor=factor)


async def _note(deps: Dependencies, login: StaffLogin, action: AuditAction, **facts: str) -> None:
    """An entry about the caller's own account."""
    await deps.audit_log.add_entry(AuditNote(action, "staff", login.staff_id, facts=facts), at=deps.clock.now())


async def _proof(deps: Dependencies, login: StaffLogin) -> Proof:
    proof = await deps.login_sessions.find_proof(login, at=deps.clock.now())
    if proof is None:
        raise Unauthenticated()
    return proof


async def _new_backup_codes(deps: Dependencies, login: StaffLogin) -> Sequence[str]:
    size = BACKUP_CODE_LENGTH * BITS_PER_CHARACTER // BITS_PER_BYTE
    codes = [base64.b32encode(secrets.token_bytes(size)).decode() for _ in range(BACKUP_CODES)]
    await deps.second_factors.replace_backup_codes(login.staff_id, codes)
    return [shown_backup_code(code) for code in codes]
