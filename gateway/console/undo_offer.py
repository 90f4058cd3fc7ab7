"""The decision that was just made, while it can be undone: carried in the address of the page that follows (RE-12)."""

from dataclasses import dataclass
from urllib.parse import urlencode

from zikao.review.v1 import resources_pb2

from gateway.web.page_request import Page


@dataclass(frozen=True, slots=True)
class UndoOffer:
    """Which case was decided how, and until when it can be undone: seconds since 1970."""

    case_id: str
    verdict: int
    until: int


def with_undo(path: str, decided: resources_pb2.Case) -> str:
    """The address of the page that follows a decision."""
    verdict = decided.decisions[-1].verdict
    until = decided.effect_time.ToSeconds()
    return f"{path}?{urlencode({'decided': decided.case_id, 'verdict': verdict, 'until': until})}"


def undo_offer(page: Page) -> UndoOffer | None:
    """What the address offers to undo; None when it is too late, or for one that was made up."""
    asked = page.query()
    case_id, until = asked["decided"], asked["until"]
    if not case_id or not until.isdecimal() or int(until) <= page.now.timestamp():
        return None
    return UndoOffer(case_id, asked.number("verdict"), int(until))
