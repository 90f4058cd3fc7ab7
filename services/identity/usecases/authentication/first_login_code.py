"""The first login of an imported candidate whose phone is on record (ID-3, ID-15): whoever knows the document number
knows the initial password, so a code to the phone is needed as well.
"""

from typing import Final

from services.identity.dependencies import Dependencies
from services.identity.domain.attempt_limits import CodeAsker
from services.identity.domain.candidates import with_phone
from services.identity.domain.contact_addresses import ContactChannel
from services.identity.errors import CodeInvalid, FirstCodeRequired
from services.identity.usecases.candidate_update_loop import change_candidate
from services.identity.usecases.contact_codes import redeemed_code, send_code

PURPOSE: Final = "first login"


async def require_first_login_code(deps: Dependencies, candidate_id: str, code: str) -> None:
    """The phone on record is proven by the code, where there is one. Without a code one is sent: to somebody who has
    proven the password, so that nothing that strangers ask for uses it up (F-28).

    Raises FirstCodeRequired once it is on its way, CodeInvalid, TooManyRequests, MessagesUnavailable.
    """
    phone = (await deps.candidates.get_candidate(candidate_id)).phone
    if not phone:
        return
    if not code:
        await send_code(deps, PURPOSE, candidate_id, ContactChannel.PHONE, phone, CodeAsker.KNOWN)
        raise FirstCodeRequired()
    now = deps.clock.now()
    async with redeemed_code(deps, PURPOSE, candidate_id, code) as proven:
        if proven != phone:
            raise CodeInvalid()
        await change_candidate(deps, candidate_id, lambda known: with_phone(known, phone, at=now))
