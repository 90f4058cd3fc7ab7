"""From where a call comes, and what the gateway says of its own caller."""

from typing import Final

from chassis.call_context import current_call
from services.identity.domain.login_sessions import Device

USER_AGENT: Final = "x-user-agent"
"""Metadata the gateway sets: what the browser or tool calls itself."""

LONGEST_USER_AGENT: Final = 200


def calling_device(token: str = "") -> Device:
    """The device at the other end, known by its `token` if any; without a gateway in between, the peer itself."""
    call = current_call()
    if call is None:
        return Device("", "", token)
    return Device(call.source, call.text(USER_AGENT)[:LONGEST_USER_AGENT], token)
