"""Which refusals of another service are of the request itself, so that it need not be made again."""

from typing import Final

from chassis.errors import Code, Refusal, RemoteRefusal

PASSING: Final = frozenset(
    {
        Code.UNAVAILABLE,
        Code.DEADLINE_EXCEEDED,
        Code.RESOURCE_EXHAUSTED,
        Code.ABORTED,
        Code.CANCELLED,
        Code.INTERNAL,
        Code.UNKNOWN,
        Code.UNAUTHENTICATED,
        Code.UNIMPLEMENTED,
    }
)
"""Codes that say nothing about the request itself: it is worth making again."""


def is_final(refusal: Refusal) -> bool:
    """True for a refusal of the request itself: the same request will be refused again."""
    return isinstance(refusal, RemoteRefusal) and refusal.code not in PASSING
