"""Messages made from domain values: where both use the same word, it is said once.

A mapping names the fields that have another name, another form, or another owner in the contract; all others are taken
from the attribute of the same name. What must not be shown to everybody is named, and withheld, by the mapping.
"""

from contextlib import suppress
from dataclasses import is_dataclass
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime
from enum import Enum
from typing import Any, Final, TypeVar

from google.protobuf.message import Message

from chassis.errors import FieldViolation, InvalidRequest

Made = TypeVar("Made", bound=Message)

_SHARED: Final[dict[tuple[type[Message], type], tuple[str, ...]]] = {}
_AS_IT_IS: Final = frozenset({str, int, float, bool, bytes, datetime})


def message_of(kind: type[Made], source: object, /, **named: Any) -> Made:
    """A message of `kind` with `named` fields as given, and every other one from the attribute of `source` of its name.

    Enums become their names, dates ISO 8601, instants timestamps, None nothing. Raises TypeError for a value of the
    domain that has no such form: a mapping makes its message and names it.
    """
    for name in _shared(kind, type(source)):
        if name not in named and (value := getattr(source, name)) is not None:
            named[name] = value if type(value) in _AS_IT_IS else _plain(value)
    return kind(**named)


def instant_in(message: Message, field: str) -> datetime | None:
    """The instant that a field of a message holds; None where it is not set."""
    return getattr(message, field).ToDatetime(tzinfo=UTC) if message.HasField(field) else None


def day_of(field: str, text: str) -> date:
    """The day that `text` names. Raises InvalidRequest when the calendar has no such day, which a pattern lets pass, or
    when its instants could not be told in every zone (F-26).
    """
    with suppress(ValueError):
        day = date.fromisoformat(text)
        if MINYEAR < day.year < MAXYEAR:
            return day
    raise InvalidRequest(fields=[FieldViolation(field, "NO_SUCH_DAY", "没有这一天。", "There is no such day.")])


def _shared(kind: type[Message], source: type) -> tuple[str, ...]:
    """The fields of a message for which its source has an attribute or a property; found once."""
    if (shared := _SHARED.get((kind, source))) is None:
        attributes = {*dir(source), *getattr(source, "__dataclass_fields__", ())}
        shared = _SHARED[kind, source] = tuple(attributes.intersection(kind.DESCRIPTOR.fields_by_name))
    return shared


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple | list | set | frozenset):
        return [_plain(part) for part in value]
    if is_dataclass(value):
        raise TypeError(f"{type(value).__name__} is a value of the domain: name the field, and map it")
    return value
