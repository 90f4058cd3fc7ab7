"""By what a person can be found who telephones (OP-3): exactly what they say, in one spelling."""

import unicodedata
from dataclasses import dataclass, field
from typing import Final

from chassis.errors import FieldViolation
from services.identity.domain.contact_addresses import normal_phone
from services.identity.domain.spellings import plain_number
from services.identity.errors import SearchIncomplete

LAST: Final = 4
MOST_FOUND: Final = 20


@dataclass(frozen=True, slots=True)
class CandidateSearch:
    """What was said: a document or ticket number, a phone, a name with the last four characters of either; each empty
    where it was not said.
    """

    number: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    caller: str = field(default="", repr=False)

    @property
    def means(self) -> tuple[str, ...]:
        """By what is searched, in words that say nothing of the person."""
        return tuple(name for name in ("number", "phone", "caller") if getattr(self, name))


def candidate_search(number: str, phone: str, name: str, last_four: str) -> CandidateSearch:
    """What was said, in one spelling. Raises SearchIncomplete, InvalidPhone."""
    if bool(name.strip()) != bool(last_four):
        raise _incomplete("last_four" if name.strip() else "display_name")
    search = CandidateSearch(
        plain_number(number),
        normal_phone(phone) if phone.strip() else "",
        caller_key(name, last_four) if last_four else "",
    )
    if not search.means:
        raise _incomplete("number")
    return search


def caller_key(name: str, number: str) -> str:
    """A name with the last four characters of a number, as whoever telephones says them: dots, spaces and invisible
    marks count for nothing.
    """
    spoken = "".join(one for one in unicodedata.normalize("NFKC", name).casefold() if one.isalnum())
    return f"{spoken}:{plain_number(number)[-LAST:]}"


def _incomplete(name: str) -> SearchIncomplete:
    texts = "请填写号码、手机号，或姓名与后四位", "give a number, a phone, or a name with the last four characters"
    return SearchIncomplete(fields=[FieldViolation(name, SearchIncomplete.reason, *texts)])
