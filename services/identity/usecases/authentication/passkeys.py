"""Passkeys of staff, enrolled, proven and taken away (ID-18)."""

from collections.abc import Sequence
from typing import Final

from chassis.ids import new_id
from services.identity.dependencies import Dependencies
from services.identity.domain.authentication.second_factors import (
    CHALLENGE_TTL,
    Passkey,
    PasskeyQuestion,
    Proof,
    SecondFactors,
    StaffLogin,
)
from services.identity.domain.login_sessions import IssuedTokens
from services.identity.errors import EnrolmentExpired, NoPasskey, WrongSecondFactor
from services.identity.usecases.authentication.login_sessions import prove_login_session
from services.identity.usecases.authentication.revocations import learn_revocations
from services.identity.usecases.authentication.second_factors import (
    changeable_factors,
    counted_proof,
    get_second_factors,
    require_one_to_spare,
    settle_enrolment,
    settle_removal,
)

PASSKEY: Final = "passkey"
"""A passkey, as the audit log names it."""


async def start_passkey_enrolment(deps: Dependencies, login: StaffLogin) -> PasskeyQuestion:
    """What an authenticator is asked to make a passkey. Raises SecondFactorRequired, RecentProofRequired."""
    factors = await changeable_factors(deps, login)
    asked = deps.passkey_verifier.ask_for_new(await deps.staff.get_staff(login.staff_id), factors.passkeys)
    return await _kept(deps, login, asked)


async def confirm_passkey_enrolment(
    deps: Dependencies, login: StaffLogin, passkey_name: str, answer_json: str
) -> tuple[IssuedTokens, Sequence[str]]:
    """The passkey proves from now on; with the first factor come backup codes. Raises EnrolmentExpired, PasskeyRefused,
    SecondFactorRequired, RecentProofRequired.
    """
    now = deps.clock.now()
    challenge = await deps.second_factors.take_challenge(login.login_session_id, at=now)
    if challenge is None:
        raise EnrolmentExpired()
    made = deps.passkey_verifier.verify_new(answer_json, challenge)
    async with deps.transaction() as together:
        await together.second_factors.lock_staff(login.staff_id)
        factors = await changeable_factors(together, login)
        await together.second_factors.add_passkey(
            Passkey(
                passkey_id=new_id(),
                staff_id=login.staff_id,
                passkey_name=passkey_name,
                credential_id=made.credential_id,
                public_key=made.public_key,
                sign_count=made.sign_count,
                create_time=now,
            )
        )
        codes = await settle_enrolment(together, login, factors, PASSKEY)
    await learn_revocations(deps)
    return await prove_login_session(deps, login), codes


async def start_passkey_proof(deps: Dependencies, login: StaffLogin) -> PasskeyQuestion:
    """What an authenticator is asked to prove. Raises NoPasskey."""
    known = (await deps.second_factors.get_second_factors(login.staff_id)).passkeys
    if not known:
        raise NoPasskey()
    return await _kept(deps, login, deps.passkey_verifier.ask_for_proof(known))


async def prove_passkey(deps: Dependencies, login: StaffLogin, answer_json: str) -> IssuedTokens:
    """Proves by a passkey's answer. Raises WrongSecondFactor, TooManyRequests, Unauthenticated."""
    async with counted_proof(deps, login):
        now, known = deps.clock.now(), (await deps.second_factors.get_second_factors(login.staff_id)).passkeys
        challenge = await deps.second_factors.take_challenge(login.login_session_id, at=now)
        if challenge is None:
            raise WrongSecondFactor()
        signed = deps.passkey_verifier.verify_proof(answer_json, challenge, known)
        if not await deps.second_factors.use_passkey(signed, at=now):
            raise WrongSecondFactor()
        return await prove_login_session(deps, login)


async def delete_passkey(deps: Dependencies, login: StaffLogin, passkey_id: str) -> tuple[SecondFactors, Proof]:
    """The passkey proves no more. Raises LastSecondFactor, SecondFactorRequired, RecentProofRequired."""
    async with deps.transaction() as together:
        await together.second_factors.lock_staff(login.staff_id)
        factors = await changeable_factors(together, login)
        if any(one.passkey_id == passkey_id for one in factors.passkeys):
            await require_one_to_spare(together, login, factors)
            await together.second_factors.delete_passkey(login.staff_id, passkey_id)
            await settle_removal(together, login, PASSKEY)
    return await get_second_factors(deps, login)


async def _kept(deps: Dependencies, login: StaffLogin, asked: PasskeyQuestion) -> PasskeyQuestion:
    expire_time = deps.clock.now() + CHALLENGE_TTL
    await deps.second_factors.keep_challenge(login.login_session_id, asked, expire_time=expire_time)
    return asked
