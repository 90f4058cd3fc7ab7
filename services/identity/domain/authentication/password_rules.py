"""Passwords: what one must be, and the initial one of imported candidates (ID-3, ID-4, ID-18, ID-22)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hmac import compare_digest
from typing import Final

from chassis.errors import FieldViolation
from services.identity.domain.documents import Document
from services.identity.domain.spellings import plain_number
from services.identity.errors import WeakPassword

INITIAL_LENGTH: Final = 6

FEWEST_GUESSES: Final = 20_000
"""A password that a guesser with lists, keyboards, dates and habits at hand finds sooner is a common one (ID-22)."""

COMMON_WORDS: Final = (
    *("woaini", "woaiwo", "aini", "aiwo", "wodemima", "mima", "nihao", "iloveyou", "baobei", "laopo", "laogong"),
    *("5201314", "1314520", "1314", "520", "7758521", "7758258", "110110", "112233", "147258", "159357", "789456"),
    *("wang", "zhang", "liu", "chen", "yang", "huang", "zhao", "zhou", "asd", "qwe", "zxc", "zaq", "abc", "aa", "qq"),
    *("zikao", "shanghai", "admin", "password"),
)
"""What passwords in Chinese are made of more often than the lists of English ones know: love, luck, surnames, keyboard
and this service's own name. After Li, Han, Xu: "A Large-Scale Empirical Analysis of Chinese Web Passwords" (USENIX
Security 2014), and NIST SP 800-63B 3.1.1.2 on words of the context.
"""


@dataclass(frozen=True, slots=True)
class PasswordLengths:
    """How many visible ASCII characters a password has."""

    shortest: int
    longest: int


CANDIDATE: Final = PasswordLengths(6, 16)
STAFF: Final = PasswordLengths(12, 128)


def require_form(password: str, lengths: PasswordLengths, *, field: str, old: str | None = None) -> None:
    """Raises WeakPassword unless `password` has so many visible ASCII characters (ID-4, ID-18) and is not `old` in
    another spelling (ID-22).
    """
    visible = all("!" <= character <= "~" for character in password)
    fits = lengths.shortest <= len(password) <= lengths.longest and visible
    if not fits or (old is not None and plain_number(password) == plain_number(old)):
        zh = f"须为{lengths.shortest}至{lengths.longest}位可见字符，且不同于原密码"
        en = f"{lengths.shortest} to {lengths.longest} visible ASCII characters, other than the old password"
        raise WeakPassword(fields=[FieldViolation(field, "PASSWORD_RULE", zh, en)])


def require_not_initial(password: str, document: Document, *, field: str) -> None:
    """Raises WeakPassword for the initial password in any spelling (ID-22)."""
    if is_initial_password(document, password):
        texts = "不能与初始密码相同", "other than the initial password"
        raise WeakPassword(fields=[FieldViolation(field, "PASSWORD_INITIAL", *texts)])


def require_uncommon(guesses: float, *, field: str) -> None:
    """Raises WeakPassword for what a guesser finds soon (ID-22)."""
    if guesses < FEWEST_GUESSES:
        texts = "过于常见，容易被猜到，请换一个", "too common, and soon guessed; choose another"
        raise WeakPassword(fields=[FieldViolation(field, "PASSWORD_COMMON", *texts)])


def words_of(document: Document, phone: str = "") -> Sequence[str]:
    """What whoever knows a candidate's document and phone tries first: every part of these that could be a password,
    and the birth date.
    """
    words = [*_parts(document.number), document.number[-4:], *_parts(phone)]
    if document.birth_date is not None:
        words += [f"{document.birth_date:%Y%m%d}", f"{document.birth_date:%y%m%d}"]
    return [word.lower() for word in words if word]


def _parts(text: str) -> Iterator[str]:
    """Every run of characters of a text that is as long as a password of a candidate at least, and the text itself."""
    yield text
    for start in range(len(text)):
        for end in range(start + CANDIDATE.shortest, len(text) + 1):
            yield text[start:end]


def initial_password(document: Document) -> str:
    """The last 6 characters of the document number, padded with `0` on the left when it is shorter (ID-3)."""
    return document.number[-INITIAL_LENGTH:].rjust(INITIAL_LENGTH, "0")


def is_initial_password(document: Document, password: str) -> bool:
    """Whether `password` is the initial one; a lower-case check character is understood, as in the document number."""
    return compare_digest(plain_number(password).encode(), initial_password(document).encode())
