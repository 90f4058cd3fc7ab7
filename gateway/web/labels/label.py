"""A value in words."""

from dataclasses import dataclass

from chassis.call_context import Language


@dataclass(frozen=True, slots=True)
class Label:
    """A state in words; `tone` is `good`, `warn`, `bad` or nothing."""

    zh: str
    en: str
    tone: str = ""

    def text(self, language: Language) -> str:
        """The words for a reader."""
        return self.zh if language is Language.CHINESE else self.en
