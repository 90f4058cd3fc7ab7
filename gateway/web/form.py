"""One form on a page: what was typed, and what is wrong with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Self

from chassis.call_context import Language
from chassis.errors import PASSING, Refusal


@dataclass(frozen=True, slots=True)
class FormError:
    """One thing to mend: the input's name, or nothing for the form as a whole, and what to say."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Form:
    """The values to show and what is wrong; a form that has not been sent yet is empty and right."""

    values: Mapping[str, str] = field(default_factory=dict)
    wrong: tuple[FormError, ...] = ()
    outage: Refusal | None = None
    """What keeps the form from being taken, where nothing is wrong with it: it can be sent again as it is."""

    @classmethod
    def of(cls, sent: Mapping[str, str]) -> Self:
        """The form as it was sent, without spaces around the values."""
        return cls({name: value.strip() for name, value in sent.items()})

    def __getitem__(self, name: str) -> str:
        """A value; empty where nothing was typed."""
        return self.values.get(name, "")

    def number(self, name: str) -> int:
        """A value that is a number, as selects send for enums; 0, which services refuse, for anything else."""
        value = self[name]
        return int(value) if value.isascii() and value.isdigit() and len(value) < 9 else 0

    def error(self, name: str) -> str:
        """What is wrong with one input; empty when nothing is."""
        return next((wrong.text for wrong in self.wrong if wrong.name == name), "")

    def with_wrong(self, wrong: Iterable[FormError]) -> "Form":
        """The same form with more to mend."""
        return replace(self, wrong=(*self.wrong, *wrong))

    def with_defaults(self, values: Mapping[str, str]) -> "Form":
        """The same form with values where it has none."""
        return replace(self, values={**values, **self.values})

    def refused(self, refusal: Refusal, language: Language, inputs: Mapping[str, str] | None = None) -> "Form":
        """The form with what the service says of it.

        `inputs` names the input of a request's field where the two differ.
        """
        named = inputs or {}
        chinese = language is Language.CHINESE
        wrong = [
            FormError(_input(one.field, named, self.values), one.zh if chinese else one.en) for one in refusal.fields
        ]
        told = self.with_wrong(wrong or [FormError("", refusal.message(language.value))])
        return replace(told, outage=refusal) if refusal.code in PASSING else told


BLANK: Final = Form()


def _input(path: str, named: Mapping[str, str], values: Mapping[str, str]) -> str:
    """The input for a field path such as `details.postal_code`: by name, else by its last step, else the whole form."""
    last = path.rpartition(".")[2]
    found = named.get(path) or named.get(last) or last
    return found if found in values else ""
