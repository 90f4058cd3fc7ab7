"""The forms of a page, as a browser finds them in its HTML."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

INPUTS: Final = ("input", "select", "textarea")
BUTTONS: Final = ("submit", "button", "image", "reset")
MULTIPLE: Final = ("radio", "checkbox")
TYPED: Final = {"date": "2031-02-03", "datetime-local": "2031-02-03T04:05", "number": "3", "email": "a@example.org"}
"""What is typed into an input of a type; other inputs take any text."""


@dataclass(slots=True)
class Input:
    """An input, a select or a text area: the values that it offers, and the one that it has."""

    name: str
    kind: str
    value: str = ""
    offered: list[str] = field(default_factory=list)

    @property
    def typed(self) -> str:
        """What somebody could type or choose here: of a choice the last."""
        return self.offered[-1] if self.offered else TYPED.get(self.kind, "填 <b>")


@dataclass(slots=True)
class PageForm:
    """A form: where it goes, and its inputs by name."""

    action: str
    method: str
    inputs: dict[str, Input] = field(default_factory=dict)

    @property
    def values(self) -> Mapping[str, str]:
        """What it would send as it is."""
        return {name: one.value for name, one in self.inputs.items()}


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[PageForm] = []
        self._form: PageForm | None = None
        self._open: Input | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = PageForm(told.get("action", ""), told.get("method", "get"))
            self.found.append(self._form)
        elif tag == "option" and self._open:
            self._offer(self._open, told, "selected")
        elif self._form and tag in INPUTS and told.get("name") and told.get("type") not in BUTTONS:
            self._add(self._form, tag, told)

    def _add(self, form: PageForm, tag: str, told: dict[str, str]) -> None:
        kind = told.get("type", "text") if tag == "input" else tag
        one = form.inputs.setdefault(told["name"], Input(told["name"], kind))
        if kind in MULTIPLE:
            self._offer(one, told, "checked")
        elif tag == "input":
            one.value = told.get("value", "")
        else:
            self._open = one

    def _offer(self, one: Input, told: dict[str, str], chosen: str) -> None:
        one.offered.append(told.get("value", ""))
        if chosen in told:
            one.value = told.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._open and self._open.kind == "textarea":
            self._open.value += data

    def handle_endtag(self, tag: str) -> None:
        if tag in ("select", "textarea"):
            self._open = None
        elif tag == "form":
            self._form = None


def forms_of(html: str) -> list[PageForm]:
    """The forms that are sent by POST."""
    parser = _Forms()
    parser.feed(html)
    return [form for form in parser.found if form.method == "post"]
