"""What people read, in both languages. Codes are for programs; whoever shows a code to people shows its words."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

UNKNOWN_FACT: Final = "—"
"""Stands for a fact that was not recorded."""


@dataclass(frozen=True, slots=True)
class Words:
    """One text; names of facts in braces are filled in by `with_facts`."""

    zh: str
    en: str

    def with_facts(self, facts: Mapping[str, str]) -> "Words":
        """The text about these facts."""
        told = _Facts(facts)
        return replace(self, zh=self.zh.format_map(told), en=self.en.format_map(told))


class _Facts(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return UNKNOWN_FACT
