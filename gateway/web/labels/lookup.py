"""Words for the values that services answer with, by kind: a text in each language, and how it is coloured."""

from collections.abc import Mapping
from typing import Any, Final

from chassis.call_context import Language
from gateway.web.labels import candidate_labels, staff_labels
from gateway.web.labels.label import Label

UNKNOWN: Final = Label("未知", "unknown")
BY_KIND: Final[Mapping[str, Mapping[Any, Label]]] = {**candidate_labels.BY_KIND, **staff_labels.BY_KIND}


def label_of(kind: str, value: Any) -> Label:
    """The words for a value; a value newer than this page is said to be unknown."""
    return BY_KIND[kind].get(value, UNKNOWN)


def options(kind: str, language: Language) -> list[tuple[str, str]]:
    """What a select offers, an empty choice first."""
    return [("", "—"), *((str(value), label.text(language)) for value, label in BY_KIND[kind].items())]
