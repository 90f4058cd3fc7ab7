"""Days and instants as the contracts write them."""

from datetime import UTC, date, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from chassis.errors import FieldViolation, InvalidRequest


def day(field: str, text: str) -> date:
    """The day that `text` names. Raises InvalidRequest when the calendar has no such day: a pattern lets it pass."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        wrong = FieldViolation(field, "NO_SUCH_DAY", "没有这一天。", "There is no such day.")
        raise InvalidRequest(fields=[wrong]) from None


def timestamp(instant: datetime) -> Timestamp:
    """An instant on the wire."""
    message = Timestamp()
    message.FromDatetime(instant)
    return message


def instant(message: Timestamp) -> datetime:
    """An instant as it came in."""
    return message.ToDatetime(tzinfo=UTC)
