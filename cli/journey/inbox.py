"""What arrived at a phone or e-mail address, as its owner reads it in the sandbox's inbox."""

from cli.journey.http import Deviation, Json, eventually
from cli.journey.outside import CODE, Outside

ARRIVAL_SECONDS = 30.0


async def count(outside: Outside, address: str) -> int:
    """How many messages have arrived so far."""
    return len((await _look(outside, address))["messages"])


async def next_letter(outside: Outside, address: str, seen: int) -> str:
    """Waits for one more message than the `seen` ones and reads it."""

    async def look() -> Json:
        return await _look(outside, address)

    inbox = await eventually(
        "receive the message",
        outside.sandbox.meter,
        look,
        lambda present: len(present["messages"]) > seen,
        ARRIVAL_SECONDS,
    )
    return str(inbox["messages"][0]["text"])


async def next_code(outside: Outside, address: str, seen: int) -> str:
    """The code in the next message. Raises Deviation when there is none in it."""
    found = CODE.search(await next_letter(outside, address, seen))
    if found is None:
        raise Deviation("receive the code: expected six digits in the message")
    return found.group()


async def _look(outside: Outside, address: str) -> Json:
    return await outside.sandbox.get("look into the inbox", "/messages", to=address)
