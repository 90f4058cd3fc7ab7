"""What recurs on pages is written once: templates call the macros for it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

import gateway

ROOT: Final = Path(gateway.__file__).parent
LONGEST_LINE: Final = 120
WRITTEN_BY_MACRO: Final[Mapping[str, str]] = {"<table": "web/templates/tables.html"}
"""Markup, and the file of the macros that write it."""
EXCEPTIONS: Final[Mapping[str, str]] = {
    "web/templates/charts.html": "a macro itself: as many columns of numbers as the chart has series or half-days",
    "reference/templates/service.html": "the reference is in both languages at once, and read on desktops",
}
"""Files that write such markup themselves, each with its reason."""


def templates() -> Iterator[tuple[str, str]]:
    """Every template, by its path within the gateway."""
    for file in sorted(ROOT.rglob("*.html")):
        yield str(file.relative_to(ROOT)), file.read_text()


@pytest.mark.parametrize("markup", WRITTEN_BY_MACRO)
def test_what_recurs_is_written_by_its_macro(markup: str) -> None:
    writing = {path for path, text in templates() if markup in text}
    assert writing - {WRITTEN_BY_MACRO[markup]} == EXCEPTIONS.keys()


def test_lines_of_templates_are_short_enough_to_read_side_by_side() -> None:
    long = [
        f"{path}:{number}"
        for path, text in templates()
        for number, line in enumerate(text.splitlines(), start=1)
        if len(line) > LONGEST_LINE
    ]
    assert long == []
