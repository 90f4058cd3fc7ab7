"""The one spelling of what people type and paste: names, numbers and codes (ID-21, F-24).

What is a letter, and which characters are invisible, is asked of the library `regex`, which follows Unicode year by
year: Han characters younger than this Python's own tables are letters too.
"""

import unicodedata
from typing import Final

import regex

from chassis.errors import FieldViolation, InvalidRequest

REGISTER_DOT: Final = "·"
"""U+00B7, the dot that the register writes inside names (间隔号)."""

CODE_DIGITS: Final = 6

_INVISIBLE: Final = regex.compile(r"[\p{Default_Ignorable_Code_Point}\p{Cf}]+")
_NOT_OF_NUMBERS: Final = regex.compile(r"[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Z}\p{Pd}\s\u2212]+")
_DASH: Final = regex.compile(r"[\p{Pd}\u2212]")
_DIGIT: Final = regex.compile(r"\p{Nd}")
_DOT: Final = regex.compile(
    r"\s*[\u00b7\u2022\u2027\u2219\u22c5\u25cf\u25e6\u2e31\u30fb\ua78f\u16eb]\s*|(?<=\p{Han})\s*[.\u3002]\s*(?=\p{Han})"
)
"""Whatever people type for the register's dot; a full stop only between Han characters."""
_BLANKS_BETWEEN_HAN: Final = regex.compile(r"(?<=\p{Han})\s+(?=\p{Han})")
_LETTER: Final = regex.compile(r"[\p{L}\p{Han}]")
_NO_NAME: Final = regex.compile(r"[\p{C}\p{S}--\p{Han}]", regex.V1)
_NOT_COMPARED: Final = regex.compile(r"[^\p{L}\p{M}\p{Nd}\p{Han}]+")

_RADICALS: Final = "".join(chr(point) for point in range(0x2E81, 0x2EF4) if point != 0x2E9A)
_CHARACTERS: Final = (
    "厂乛乚乙亻冂𠘨刀刂卜㔾小小兀尣尢𡯂巳幺彑彐忄心扌攵旡日月歺母民氵氺灬爫爫丬牛犭王𤴔目示礻𥫗糹纟罓罒㓁冗𦉫羊𦍌𦍋"
    "耂肀聿肉𦥑艹艹艹虎衤覀西见角𧢲讠贝𧾷车辶辶辶邑钅長镸长门𨸏阝雨青韦页风飞食𩙿飠饣𩠐马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙"
    "龜亀龟"
)
_UNIFIED: Final = str.maketrans(_RADICALS, _CHARACTERS)
"""Radicals (U+2E81 to U+2EF3), which texts copied from a PDF have instead of the characters that look the same, by
Unicode's EquivalentUnifiedIdeograph. All other compatibility forms are told by NFKC.
"""


def plain_text(text: str) -> str:
    """A text without invisible marks, composed, with single blanks."""
    return " ".join(unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).split())


def plain_number(text: str) -> str:
    """A number or code: half-width capitals and digits, without blanks, dashes and invisible marks."""
    bare = _NOT_OF_NUMBERS.sub("", _half_width(text))
    return _DIGIT.sub(lambda digit: str(unicodedata.digit(digit[0], digit[0])), bare).upper()


def plain_dialling(text: str) -> str:
    """A phone number as somebody wrote it: half-width, with plain dashes and single blanks."""
    return _DASH.sub("-", plain_text(_half_width(text)))


def plain_email(text: str) -> str:
    """An e-mail address: half-width, without blanks and invisible marks, with the full stop of keyboards for Chinese as
    a dot.
    """
    return "".join(_half_width(_INVISIBLE.sub("", text)).replace("。", ".").split())


def one_time_code(text: str, *, field: str = "code") -> str:
    """The six digits of a code. Raises InvalidRequest for what is none: no try is used up by it."""
    code = plain_number(text)
    if len(code) != CODE_DIGITS or not (code.isascii() and code.isdigit()):
        violation = FieldViolation(field, "CODE_FORM", "请填写六位数字验证码", "a code of six digits is needed")
        raise InvalidRequest(fields=[violation])
    return code


def register_name(name: str) -> str:
    """The name as the police register spells it: unified characters, its own dot, no blanks between Han characters,
    single ones elsewhere.
    """
    text = _half_width(_INVISIBLE.sub("", name)).translate(_UNIFIED)
    dotted = _DOT.sub(REGISTER_DOT, " ".join(text.split()))
    return _BLANKS_BETWEEN_HAN.sub("", dotted).strip(REGISTER_DOT + " ")


def is_name(name: str) -> bool:
    """Whether there is a letter in it, and nothing that no name has: control characters, symbols, characters that
    Unicode has not assigned.
    """
    return _LETTER.search(name) is not None and _NO_NAME.search(name) is None


def comparable_name(name: str) -> str:
    """What two spellings of a name have in common: its letters, whatever their case."""
    return _NOT_COMPARED.sub("", register_name(name).casefold())


def _half_width(text: str) -> str:
    return unicodedata.normalize("NFKC", text)
