"""Which devices an account is known on (F-28). Nothing is stored: a device brings its own sealed token along.

A device stays known after logging out, also everywhere: its token opens nothing without the password. It is over when
the password changes, by whatever way.
"""

from collections.abc import Sequence
from datetime import datetime

from chassis.ids import new_id
from services.identity.dependencies import Dependencies
from services.identity.domain.authentication.known_devices import KnownDevice, password_mark, with_login
from services.identity.domain.login_sessions import Credentials


def known_here(deps: Dependencies, named: Sequence[Credentials], token: str) -> Sequence[Credentials]:
    """Those of some accounts that logged in on the device that shows `token`."""
    if not token:
        return []
    device, now = _device_of(deps, token), deps.clock.now()
    marked = [(known, known.account.subject_id, password_mark(known.password_hash)) for known in named]
    return [known for known, subject_id, mark in marked if device.knows(subject_id, mark, at=now)]


def known_device_id(deps: Dependencies, named: Sequence[Credentials], token: str) -> str:
    """The id of the device that shows `token`, if one of the accounts logged in on it; empty if none did."""
    return _device_of(deps, token).device_id if known_here(deps, named, token) else ""


def is_known_device(deps: Dependencies, token: str) -> bool:
    """Whether anybody logged in on the device that shows `token`."""
    return _device_of(deps, token).knows_anybody(at=deps.clock.now())


async def token_after_login(deps: Dependencies, subject_id: str, token: str, *, until: datetime) -> str:
    """The token in place of `token`, of a device on which the account has just logged in."""
    known = await deps.credentials.find_by_subject(subject_id)
    mark = password_mark(known.password_hash if known else None)
    return deps.device_tokens.token_of(with_login(_device_of(deps, token), subject_id, mark, until=until))


def _device_of(deps: Dependencies, token: str) -> KnownDevice:
    """The device that shows `token`; one that nobody is known on where the token is none of ours."""
    return (deps.device_tokens.device_of(token) if token else None) or KnownDevice(new_id())
