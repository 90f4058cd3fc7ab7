"""Days, as requests name them."""

from datetime import date

from chassis.errors import FieldViolation, InvalidRequest


def parsed_day(text: str, field: str) -> date:
    """The day that a field of a request names. Raises InvalidRequest for one that does not exist."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        violation = FieldViolation(field, "INVALID_DATE", "该日期不存在。", "There is no such date.")
        raise InvalidRequest(fields=[violation]) from error
