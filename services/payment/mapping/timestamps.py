"""Instants and days, as messages write them."""

from datetime import date, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from chassis.errors import FieldViolation, InvalidRequest


def instant(time: datetime | None) -> Timestamp | None:
    """An instant, where there is one."""
    if time is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(time)
    return stamp


def day(one: date | None) -> str:
    """A day, where there is one."""
    return one.isoformat() if one else ""


def parsed_day(text: str, field: str) -> date:
    """The day that a field of a request names. Raises InvalidRequest for one that does not exist."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        violation = FieldViolation(field, "INVALID_DATE", "该日期不存在。", "There is no such date.")
        raise InvalidRequest(fields=[violation]) from error
