"""Instants as people type them: local time in Shanghai, from a `datetime-local` input."""

from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp

from chassis.clock import SHANGHAI
from chassis.errors import FieldViolation, InvalidRequest
from gateway.web.form import Form


def read_instant(form: Form, name: str) -> datetime:
    """The instant typed into an input. Raises InvalidRequest, which names the input."""
    try:
        return datetime.fromisoformat(form[name]).replace(tzinfo=SHANGHAI)
    except ValueError:
        wrong = FieldViolation(name, "INVALID_TIME", "请填写日期和时间", "Enter a date and a time")
        raise InvalidRequest(fields=[wrong]) from None


def typed_instant(instant: Timestamp) -> str:
    """An instant as a `datetime-local` input takes it."""
    return instant.ToDatetime(tzinfo=SHANGHAI).strftime("%Y-%m-%dT%H:%M")
