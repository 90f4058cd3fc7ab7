"""Passwords: what one must be, and the initial one of imported candidates (ID-3, ID-4)."""

from hmac import compare_digest
from typing import Final

from chassis.errors import FieldViolation
from services.identity.domain.documents import Document, normal_form
from services.identity.errors import WeakPassword

SHORTEST: Final = 6
LONGEST: Final = 16


def require_password(password: str, *, field: str, old: str | None = None) -> None:
    """Raises WeakPassword unless `password` has 6–16 visible ASCII characters and differs from `old` (ID-4)."""
    visible = all("!" <= character <= "~" for character in password)
    if not (SHORTEST <= len(password) <= LONGEST and visible) or password == old:
        violation = FieldViolation(
            field,
            "PASSWORD_RULE",
            "须为6至16位可见字符，且不同于原密码",
            "6 to 16 visible ASCII characters, other than the old password",
        )
        raise WeakPassword(fields=[violation])


def initial_password(document: Document) -> str:
    """The last 6 characters of the document number, padded with `0` on the left when it is shorter (ID-3)."""
    return document.number[-SHORTEST:].rjust(SHORTEST, "0")


def is_initial_password(document: Document, password: str) -> bool:
    """Whether `password` is the initial one; a lower-case check character is understood, as in the document number."""
    return compare_digest(normal_form(password).encode(), initial_password(document).encode())
