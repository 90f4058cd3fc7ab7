"""How a reader wants pages: in which language and how large. Both are chosen by links on every page, and kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from chassis.call_context import Language, preferred_language
from gateway.http.asgi import Header
from gateway.http.cookies import CookieJar

LANGUAGE: Final = "zikao_language"
TYPE_SIZE: Final = "zikao_type_size"
CHOICES: Final = ("language", "type_size")
"""The parameters by which an address asks for another preference."""
LARGE: Final = "large"
USUAL: Final = "usual"
TYPE_SIZE_KEPT_FOR: Final = timedelta(days=365)
"""Whoever needs large type needs it tomorrow, too; a language is kept for as long as the browser runs."""


@dataclass(frozen=True, slots=True)
class ReaderPreferences:
    """The language, and whether type is large."""

    language: Language
    large_type: bool

    @classmethod
    def of(cls, query: Mapping[str, str], jar: CookieJar, accept_language: str) -> Self:
        """What the address asks for, else what was kept, else what the browser says; nonsense asks for nothing."""
        size = query.get("type_size", "") or jar.get(TYPE_SIZE)
        return cls(preferred_language(query.get("language", "") or jar.get(LANGUAGE) or accept_language), size == LARGE)

    def kept(self, query: Mapping[str, str], jar: CookieJar, now: datetime) -> list[Header]:
        """The cookies that keep what the address asks for; none where it asks for neither."""
        cookies = []
        if "language" in query:
            cookies.append(jar.set(LANGUAGE, self.language.value))
        if "type_size" in query:
            size = LARGE if self.large_type else USUAL
            cookies.append(jar.set(TYPE_SIZE, size, until=now + TYPE_SIZE_KEPT_FOR))
        return cookies
