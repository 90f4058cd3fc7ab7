"""Deadlines: every call has one, it travels with the work, and it shrinks a little at each hop.

A caller that waits two seconds for us must not see us wait two seconds for somebody else: what we ask for is shaved,
so that the answer, or the failure, still gets back in time.
"""

import time
from typing import Final

from chassis.call_context import time_left
from chassis.errors import Code, Refusal

SHAVED_SECONDS: Final = 0.02
"""What each hop keeps back for its own way home."""

LEAST_SECONDS: Final = 0.05
"""With less than this left, starting is a waste: the caller will have gone before the answer comes."""


class DeadlineRequired(Refusal):
    """A call came without a deadline."""

    reason = "DEADLINE_REQUIRED"
    code = Code.INVALID_ARGUMENT
    zh = "调用必须带有截止时间。"
    en = "The call must carry a deadline."


class TooLittleTime(Refusal):
    """A call came, or would be made, with too little time left to finish. Nothing was done."""

    reason = "TOO_LITTLE_TIME"
    code = Code.DEADLINE_EXCEEDED
    zh = "剩余时间不足，操作未执行，请重试。"
    en = "Too little time was left, so nothing was done. Please try again."


def accept(time_remaining: float | None) -> float:
    """The deadline, in seconds of `time.monotonic()`, of a call that has `time_remaining` seconds left.

    Raises DeadlineRequired when it has no deadline and TooLittleTime when it cannot be met.
    """
    if time_remaining is None:
        raise DeadlineRequired()
    if time_remaining < LEAST_SECONDS:
        raise TooLittleTime()
    return time.monotonic() + time_remaining


def for_outgoing(wanted: float) -> float:
    """How many seconds an outgoing call may take: `wanted`, or less when our own caller waits no longer.

    Raises TooLittleTime when nothing useful can be done in what is left.
    """
    left = time_left()
    if left is None:
        return wanted
    if left - SHAVED_SECONDS < LEAST_SECONDS:
        raise TooLittleTime()
    return min(wanted, left - SHAVED_SECONDS)
