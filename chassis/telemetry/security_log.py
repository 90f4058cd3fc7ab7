"""The security log: failed logins, denials and forgeries, each a structured line of a logger of its own (RE-11).

An entry has the reason code of the refusal, the RPC, and of a proven caller the kind and the id of the account; nothing
that anybody sent, and no address. Where the logger's lines go is for whoever runs the suite to say.
"""

from typing import Final

from chassis.call_context import Call
from chassis.errors import Code, Refusal
from chassis.telemetry.logs import get_logger

LOGGER: Final = "zikao.security"
NOTED: Final = frozenset({Code.UNAUTHENTICATED, Code.PERMISSION_DENIED})
"""What is refused because of who asks, or because of who they could not prove to be."""

_log = get_logger(LOGGER)


def note_refusal(refusal: Refusal, call: Call) -> None:
    """Notes a refusal if it is of such a kind."""
    if refusal.code not in NOTED:
        return
    who = call.principal
    _log.warning(
        "refused",
        reason=refusal.reason,
        code=refusal.code.value,
        refused_rpc=call.method,
        caller_kind=who.kind.value if who else "",
        caller_id=who.subject_id if who else "",
    )
