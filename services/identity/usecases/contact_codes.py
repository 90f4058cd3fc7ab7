"""One-time codes to phones and e-mails: sent, and taken back (ID-4, ID-10, ID-11)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

from chassis.errors import Refusal
from chassis.ids import new_id
from chassis.security.one_time_codes import TTL
from chassis.security.rate_limits import Rate
from services.identity.dependencies import Dependencies
from services.identity.domain.contact_addresses import ContactChannel
from services.identity.errors import CodeInvalid, MessageInDoubt
from services.identity.ports.message_sender import OutgoingMessage

CODES_PER_ADDRESS: Final = Rate("codes per address", 5, timedelta(minutes=10))
CODES_PER_CANDIDATE: Final = Rate("codes per candidate", 20, timedelta(hours=1))


def code_text(code: str) -> str:
    """What a message with a code says."""
    minutes = int(TTL.total_seconds() // 60)
    zh = f"【自考报名】验证码{code}，{minutes}分钟内有效，请勿告知他人。"
    return f"{zh} Your code is {code}; it works for {minutes} minutes."


async def send_code(deps: Dependencies, purpose: str, owner_id: str, channel: ContactChannel, to: str) -> datetime:
    """Sends a code for `purpose` that carries the address `to`; says when it expires.

    A message that was surely not sent is not counted; one in doubt is, since it may yet reach somebody. Raises
    TooManyRequests, MessagesUnavailable, and RedisError while codes cannot be kept (GW-7).
    """
    await deps.rates.hit(CODES_PER_ADDRESS, to)
    await deps.rates.hit(CODES_PER_CANDIDATE, owner_id)
    try:
        code = await deps.codes.issue(f"{purpose}:{owner_id}", to)
        await deps.message_sender.send(OutgoingMessage(new_id(), channel, to, purpose, code_text(code)))
    except MessageInDoubt:
        raise
    except Exception:  # the sender is away, or Redis is
        await deps.rates.give_back(CODES_PER_ADDRESS, to)
        await deps.rates.give_back(CODES_PER_CANDIDATE, owner_id)
        raise
    return deps.clock.now() + TTL


@asynccontextmanager
async def redeemed_code(deps: Dependencies, purpose: str, owner_id: str, code: str) -> AsyncIterator[str]:
    """The address that the code was sent to, once: for what the block does with it. When that fails without being
    refused, as when the database is away, the code works again (GW-7). Raises CodeInvalid.
    """
    address = await deps.codes.redeem(f"{purpose}:{owner_id}", code)
    if address is None:
        raise CodeInvalid()
    try:
        yield address
    except Refusal:
        raise
    except Exception:
        await deps.codes.restore(f"{purpose}:{owner_id}", code, address)
        raise
