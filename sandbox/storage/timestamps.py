"""Instants as text: RFC 3339 in UTC with microseconds, so that the order of texts is the order of time."""

from datetime import UTC, datetime


def to_text(instant: datetime) -> str:
    """`2026-10-01T04:00:00.123456Z`."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def from_text(text: str) -> datetime:
    """The instant that `to_text` wrote. Raises ValueError."""
    return datetime.fromisoformat(text)
