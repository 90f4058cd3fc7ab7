"""One-time codes to phones and e-mails: sent, and taken back (ID-4, ID-10, ID-11).

What strangers use up is theirs, and never an owner's (F-28): of codes to one address for one purpose, those for
strangers, those for people who are logged in or come with a known device, and those to an account's own verified
address are counted apart. All codes together have a figure that raises an alarm and slows those to addresses that
nobody has verified.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from prometheus_client import Counter

from chassis.errors import Refusal, TooManyRequests
from chassis.ids import new_id
from chassis.security.one_time_codes import TTL
from chassis.security.rate_limits import Budget, Rate
from services.identity.dependencies import Dependencies
from services.identity.domain.attempt_limits import CodeAsker
from services.identity.domain.contact_addresses import ContactChannel, no_mobile, require_served
from services.identity.domain.spellings import one_time_code
from services.identity.errors import CodeInvalid, MessageInDoubt, RecentProofRequired
from services.identity.ports.message_sender import OutgoingMessage

WINDOW: Final = timedelta(minutes=10)
SYSTEM: Final = "codes of the system"

CODES: Final = Counter("zikao_codes_total", "One-time codes to phones and e-mails.", ["asker"])
BEYOND: Final = Counter("zikao_codes_beyond_figure_total", "Codes asked for beyond the system's figure.", ["asker"])


def code_text(code: str) -> str:
    """What a message with a code says."""
    minutes = int(TTL.total_seconds() // 60)
    zh = f"【自考报名】验证码{code}，{minutes}分钟内有效，请勿告知他人。"
    return f"{zh} Your code is {code}; it works for {minutes} minutes."


def require_reachable(deps: Dependencies, phone: str, *, field: str = "phone") -> None:
    """Raises PhoneNotServed, or InvalidPhone for a number of a kind that receives no messages or costs extra (F-28)."""
    require_served(phone, deps.config.phone_prefixes, field=field)
    if not deps.numbering_plans.is_mobile(phone):
        raise no_mobile(field)


@dataclass(frozen=True, slots=True)
class SentCode:
    """A code that is on its way: the address it went to, and when it stops working."""

    to: str = field(repr=False)
    expire_time: datetime


async def send_code(
    deps: Dependencies, purpose: str, owner_id: str, channel: ContactChannel, to: str, asker: CodeAsker
) -> SentCode:
    """Sends a code for `purpose` that carries the address `to`.

    A message that was surely not sent is not counted; one in doubt is, since it may yet reach somebody. Raises
    TooManyRequests, MessagesUnavailable, and RedisError while codes cannot be kept (GW-7).
    """
    budgets = _budgets(deps, purpose, owner_id, to, asker)
    await deps.rates.hit_all(budgets)
    try:
        await count_for_system(deps, asker)
        code = await deps.codes.issue(f"{purpose}:{owner_id}", to)
        await deps.message_sender.send(OutgoingMessage(new_id(), channel, to, purpose, code_text(code)))
    except MessageInDoubt:
        raise
    except Exception:  # the sender is away, or Redis is, or all together ask for too much
        await deps.rates.give_back_all(budgets)
        raise
    return SentCode(to, deps.clock.now() + TTL)


async def last_address(deps: Dependencies, purpose: str, owner_id: str) -> str:
    """Where the last code for `purpose` went, while it works, so that it is sent again without typing; else empty."""
    return await deps.codes.carried(f"{purpose}:{owner_id}") or ""


async def count_for_system(deps: Dependencies, asker: CodeAsker) -> None:
    """Counts a code in the figure for the whole system. Beyond it raises TooManyRequests, but never for an owner's."""
    limits, minute, hour = deps.config.codes, timedelta(minutes=1), timedelta(hours=1)
    rates = Rate(SYSTEM, limits.per_minute, minute), Rate(SYSTEM, limits.per_hour, hour)
    try:
        await deps.rates.hit_all([(rate, ()) for rate in rates])
    except TooManyRequests:
        BEYOND.labels(asker.value).inc()
        if asker is not CodeAsker.OWNER:
            raise
    CODES.labels(asker.value).inc()


@asynccontextmanager
async def redeemed_code(deps: Dependencies, purpose: str, owner_id: str, code: str) -> AsyncIterator[str]:
    """The address that the code was sent to, once: for what the block does with it. When that fails without being
    refused, as when the database is away, or is refused until something is proven, the code works again (GW-7, ID-17).
    Raises CodeInvalid, and InvalidRequest for what is no code in any spelling (ID-21), which is no try.
    """
    code = one_time_code(code)
    address = await deps.codes.redeem(f"{purpose}:{owner_id}", code)
    if address is None:
        raise CodeInvalid()
    try:
        yield address
    except Exception as failure:
        if isinstance(failure, Refusal) and not isinstance(failure, RecentProofRequired):
            raise
        await deps.codes.restore(f"{purpose}:{owner_id}", code, address)
        raise


def _budgets(deps: Dependencies, purpose: str, owner_id: str, to: str, asker: CodeAsker) -> Sequence[Budget]:
    limits = deps.config.codes
    of_candidate = Rate("codes per candidate", limits.per_candidate, timedelta(hours=1)), (owner_id,)
    match asker:
        case CodeAsker.STRANGER:
            return [(Rate("codes for strangers", limits.for_strangers, WINDOW), (purpose, to))]
        case CodeAsker.KNOWN:
            return [(Rate("codes for the known", limits.for_known, WINDOW), (purpose, to)), of_candidate]
        case CodeAsker.OWNER:
            return [(Rate("codes for owners", limits.for_known, WINDOW), (purpose, to, owner_id)), of_candidate]
