"""What a paper says, as it reads (EN-18), and how that is told to the process that draws it."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Fact:
    """A label in both languages, and what it is about."""

    zh: str
    en: str
    value: str


@dataclass(frozen=True, slots=True)
class Course:
    """A line of the table of courses, as it reads."""

    code: str
    name: str
    kind: str
    credits: str
    time: str
    fee: str


@dataclass(frozen=True, slots=True)
class PaperContent:
    """All that a paper says, as it reads. `portrait` is a JPEG or PNG, empty where there is none."""

    title_zh: str
    title_en: str
    session: str
    person: Sequence[Fact]
    registration: Sequence[Fact]
    courses: Sequence[Course]
    total: str
    notes: Sequence[str]
    check_code: str
    check_address: str
    check_url: str
    issue_time: datetime
    portrait: bytes

    def to_json(self) -> bytes:
        """For the process that draws it."""
        return json.dumps(self, default=_plain, ensure_ascii=False).encode()

    @classmethod
    def of_json(cls, text: bytes) -> Self:
        """As it was sent."""
        read: dict[str, Any] = json.loads(text)
        for name in ("person", "registration"):
            read[name] = [Fact(**one) for one in read[name]]
        read["courses"] = [Course(**one) for one in read["courses"]]
        read["issue_time"] = datetime.fromisoformat(read["issue_time"])
        read["portrait"] = base64.b64decode(read["portrait"])
        return cls(**read)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime):
        return value.isoformat()
    return {name: getattr(value, name) for name in value.__slots__}
