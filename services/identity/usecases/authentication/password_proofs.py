"""Somebody who is logged in proves the password again (ID-4, ID-17)."""

from datetime import datetime

from chassis.errors import Unauthenticated
from services.identity.dependencies import Dependencies
from services.identity.domain.attempt_limits import LoginAttempt
from services.identity.domain.authentication.second_factors import StaffLogin
from services.identity.domain.login_sessions import Credentials
from services.identity.errors import WrongPassword
from services.identity.usecases.authentication.login_sessions import proves
from services.identity.usecases.authentication.login_throttle import admit_login, forgive_failed_logins


async def prove_password(deps: Dependencies, subject_id: str, login_session_id: str, password: str) -> datetime:
    """The login session is proven again by the password; until when that is good for changes.

    Raises WrongPassword, TooManyRequests, Overloaded, and Unauthenticated when the login session has ended.
    """
    deps.password_hasher.require_room()
    known = await deps.credentials.find_by_subject(subject_id)
    if known is None:
        raise Unauthenticated()
    await require_own_password(deps, known, password)
    now = deps.clock.now()
    if not await deps.login_sessions.prove_again(StaffLogin(subject_id, login_session_id), at=now):
        raise Unauthenticated()
    return now + deps.config.proof_good_for


async def require_own_password(deps: Dependencies, known: Credentials, password: str) -> None:
    """Tries of somebody who is logged in are counted with their account, apart from those of strangers (ID-14). Raises
    WrongPassword, TooManyRequests.
    """
    subject_id = known.account.subject_id
    attempt = await admit_login(deps, LoginAttempt(subject_id, subject_id))
    if not await proves(deps, known, password):
        raise WrongPassword()
    await forgive_failed_logins(deps, attempt)
