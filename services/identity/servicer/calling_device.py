"""From where a call comes: what the gateway says of its own caller."""

from typing import Final

from chassis.call_context import current_call
from services.identity.domain.login_sessions import Device

SOURCE: Final = "x-forwarded-for"
"""Metadata the gateway sets, and overwrites: the address of whoever called it."""

USER_AGENT: Final = "x-user-agent"
"""Metadata the gateway sets: what the browser or tool calls itself."""

LONGEST_USER_AGENT: Final = 200


def calling_device(token: str = "") -> Device:
    """The device at the other end, known by its `token` if any; without a gateway in between, the peer itself."""
    call = current_call()
    if call is None:
        return Device("", "", token)
    # `ipv4:127.0.0.1:5123` without the port, which is new with each connection.
    peer = call.rpc.peer().rpartition(":")[0] if call.rpc else ""
    source = call.text(SOURCE).rpartition(",")[2].strip() or peer
    return Device(source, call.text(USER_AGENT)[:LONGEST_USER_AGENT], token)
