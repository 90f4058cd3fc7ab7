"""Where a code went, kept in the browser while the code works: the page that sent it leads back to itself and shows
that, so that reloading it sends nothing, and sending again needs no typing.
"""

from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final
from urllib.parse import parse_qs, urlencode

from gateway.web.page_request import Page

PHONE: Final = "zikao_phone_code"
EMAIL: Final = "zikao_email_code"
PHONE_CHANGE: Final = "zikao_phone_change_code"


@dataclass(frozen=True, slots=True)
class SentCode:
    """The masked address, and what the code belongs to where that is not the visitor's account."""

    to: str
    code_id: str = ""


def remember(page: Page, name: str, sent: SentCode, answer: Any) -> None:
    """Keeps it until the code that the service's `answer` is about stops working."""
    value = urlencode({"to": sent.to, "code_id": sent.code_id, "account": page.visitor.subject_id})
    page.cookies.append(page.jar.set(name, value, until=answer.expire_time.ToDatetime(tzinfo=UTC)))


def recall(page: Page, name: str) -> SentCode | None:
    """What was kept for this visitor; None where nothing was."""
    kept = {key: values[0] for key, values in parse_qs(page.jar.get(name), max_num_fields=3).items()}
    if not kept.get("to") or kept.get("account", "") != page.visitor.subject_id:
        return None
    return SentCode(kept["to"], kept.get("code_id", ""))


def forget(page: Page, name: str) -> None:
    """Nothing is kept any longer."""
    page.cookies.append(page.jar.clear(name))
