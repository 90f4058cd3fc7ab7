"""Announcements (公告) and answers to frequent questions, for whom and for which session (EN-17)."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum


class AnnouncementKind(Enum):
    """An announcement, or a question with its answer."""

    ANNOUNCEMENT = "ANNOUNCEMENT"
    QUESTION = "QUESTION"


class Audience(Enum):
    """Whom it is for: everybody, before login too, or candidates of one kind."""

    EVERYBODY = "EVERYBODY"
    NEW_CANDIDATES = "NEW_CANDIDATES"
    ENROLLED_CANDIDATES = "ENROLLED_CANDIDATES"


@dataclass(frozen=True, slots=True)
class Announcement:
    """What was published, in both languages. `session_id` is empty for all sessions; English is empty where readers of
    it see the Chinese.
    """

    announcement_id: str
    kind: AnnouncementKind
    audience: Audience
    session_id: str
    title_zh: str
    title_en: str
    body_zh: str
    body_en: str
    create_time: datetime
    withdraw_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Readership:
    """Who reads: an audience and a session, each of them perhaps none in particular."""

    audience: Audience = Audience.EVERYBODY
    session_id: str = ""

    @property
    def audiences(self) -> tuple[Audience, ...]:
        """For whom that is which they read."""
        return tuple({Audience.EVERYBODY: None, self.audience: None})

    @property
    def sessions(self) -> tuple[str, ...]:
        """For which sessions."""
        return tuple({"": None, self.session_id: None})


def withdrawn(announcement: Announcement, *, at: datetime) -> Announcement:
    """The announcement out of force, since the first time that it was withdrawn."""
    return announcement if announcement.withdraw_time else replace(announcement, withdraw_time=at)
