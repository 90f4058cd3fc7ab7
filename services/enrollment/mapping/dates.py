"""Dates as the contracts write them."""

from datetime import date

from chassis.errors import FieldViolation, InvalidRequest


def day(field: str, text: str) -> date:
    """The day that `text` names. Raises InvalidRequest when the calendar has no such day: a pattern lets it pass."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        wrong = FieldViolation(field, "NO_SUCH_DAY", "没有这一天。", "There is no such day.")
        raise InvalidRequest(fields=[wrong]) from None
