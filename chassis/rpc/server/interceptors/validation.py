"""Applies the field rules of the contracts (`buf.validate`); says which field broke which rule, in both languages.

One rule holds for every text of every request and stands in no contract: no NUL, which PostgreSQL cannot store (F-26).
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

import protovalidate
from buf.validate import validate_pb2
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from chassis.call_context import Call
from chassis.errors import FieldViolation, InvalidRequest
from chassis.rpc.server.interceptors.interceptor import Handler, Method

_MISSING: Final = ("REQUIRED", "此项必填。", "This is required.")
NO_FORMAT: Final = ("INVALID_FORMAT", "格式不正确。", "The format is not right.")
_CHOICE: Final = ("INVALID_CHOICE", "不是可选的值。", "This is not one of the choices.")
_RANGE: Final = ("OUT_OF_RANGE", "超出允许的范围。", "This is out of range.")

_NUL_HELD: Final = ("INVALID_CHARACTER", "含有不允许的空字符。", "A NUL character is not allowed here.")
NUL: Final = b"\0"

TEXTS: Final[dict[str, tuple[str, str, str]]] = {
    "required": _MISSING,
    "min_len": ("TOO_SHORT", "至少需要 {0} 个字符。", "At least {0} characters are needed."),
    "max_len": ("TOO_LONG", "最多 {0} 个字符。", "At most {0} characters are allowed."),
    "len": ("INVALID_LENGTH", "须为 {0} 个字符。", "Exactly {0} characters are needed."),
    "min_bytes": ("TOO_SHORT", "至少需要 {0} 字节。", "At least {0} bytes are needed."),
    "max_bytes": ("TOO_LONG", "最多 {0} 字节。", "At most {0} bytes are allowed."),
    "min_items": ("TOO_FEW", "至少需要 {0} 项。", "At least {0} are needed."),
    "max_items": ("TOO_MANY", "最多 {0} 项。", "At most {0} are allowed."),
    "min_pairs": ("TOO_FEW", "至少需要 {0} 项。", "At least {0} are needed."),
    "max_pairs": ("TOO_MANY", "最多 {0} 项。", "At most {0} are allowed."),
    "unique": ("DUPLICATE", "不得重复。", "Each may occur only once."),
    "uuid": ("INVALID_ID", "编号格式不正确。", "This is not a valid id."),
    "email": ("INVALID_EMAIL", "邮箱格式不正确。", "This is not a valid e-mail address."),
    **dict.fromkeys(("in", "not_in", "defined_only", "const"), _CHOICE),
    "gt": ("TOO_SMALL", "须大于 {0}。", "This must be greater than {0}."),
    "gte": ("TOO_SMALL", "不得小于 {0}。", "This must be at least {0}."),
    "lt": ("TOO_LARGE", "须小于 {0}。", "This must be less than {0}."),
    "lte": ("TOO_LARGE", "不得大于 {0}。", "This must be at most {0}."),
    **dict.fromkeys(("gt_lt", "gt_lte", "gte_lt", "gte_lte"), _RANGE),
}
"""What to say of a broken standard rule, by the last part of its id: reason, Chinese, English; `{0}` is its value."""

_OPTIONAL: Final = re.compile(r"\((.*)\)\??")
"""The pattern of a text that may be empty, or that is one of several."""
_ID: Final = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"

PATTERNS: Final[dict[str, tuple[str, str]]] = {
    "[0-9]{6}": ("须为 6 位数字。", "Six digits are needed."),
    "[0-9]{5}": ("须为 5 位数字代码。", "A code of five digits is needed."),
    "[0-9]{6}[A-Z]{0,2}": (
        "须为 6 位数字，其后可有一至两个大写字母。",
        "Six digits are needed, with one or two capital letters behind them where there are any.",
    ),
    "[0-9]{3}[0-9Xx]": (
        "须为最后四位：四位数字，或三位数字加 X。",
        "The last four characters of the number are needed: four digits, or three and X.",
    ),
    "[A-Z][A-Z0-9_]{0,39}": (
        "须为 1 至 40 个字符，以大写字母开头，其余为大写字母、数字或下划线。",
        "At most 40 characters are needed: a capital letter, then capital letters, digits or `_`.",
    ),
    "[0-9]{5}|AUTHORITY": (
        "须为 5 位院校代码，考试院填 AUTHORITY。",
        "A school's code of five digits is needed, or AUTHORITY for the exam authority.",
    ),
    "[0-9]{4}-[0-9]{2}": ("请按“2026-10”的格式填写年月。", "Write year and month like 2026-10."),
    "[0-9]{4}-[0-9]{2}-[0-9]{2}": ("请按“2026-10-24”的格式填写日期。", "Write the date like 2026-10-24."),
    "[0-9]{8,32}": ("须为 8 至 32 位数字。", "Between 8 and 32 digits are needed."),
    "[1-9][0-9]{0,8}": ("须为 1 至 9 位正整数。", "A whole number above zero is needed, of nine digits at most."),
    "[0-9+ -]{5,20}": (
        "须为 5 至 20 个字符，只能有数字、空格、“+”和“-”。",
        "Between 5 and 20 characters are needed: digits, spaces, `+` and `-`.",
    ),
    "[a-z][a-z0-9._-]{2,31}": (
        "须为 3 至 32 个字符，以小写字母开头，其余为小写字母、数字、点、下划线或连字符。",
        "Between 3 and 32 characters are needed: a small letter, then small letters, digits, `.`, `_` or `-`.",
    ),
    "[a-z][a-z0-9-]{0,31}": (
        "须为 1 至 32 个字符，以小写字母开头，其余为小写字母、数字或连字符。",
        "At most 32 characters are needed: a small letter, then small letters, digits or `-`.",
    ),
    "[a-z_]{1,40}[.](csv|xlsx)": (
        "文件名须为小写字母和下划线，以 .csv 或 .xlsx 结尾。",
        "The file's name must be small letters and `_`, with .csv or .xlsx at its end.",
    ),
}
"""What to say of a text that does not fit a pattern of the contracts: Chinese, English."""

STANDARD_RULES: Final = frozenset(validate_pb2.FieldRules.DESCRIPTOR.fields_by_name)
"""With what the id of a standard rule begins."""


class ValidationInterceptor:
    """Refuses requests that break the rules of their contract, naming every field that does."""

    def __init__(self) -> None:
        self._rules = FieldRules()

    def wrap(self, method: Method, handler: Handler) -> Handler:
        """The handler, reached only by valid requests."""
        require_valid = self._rules.of(GetMessageClass(method.descriptor.input_type))

        async def valid(request: Message, call: Call) -> Message | None:
            require_valid(request)
            return await handler(request, call)

        return valid


class FieldRules:
    """The field rules of the contracts, for whatever comes in: requests, and the payloads of events."""

    def __init__(self) -> None:
        self._validator = protovalidate.Validator()

    def of(self, kind: type[Message]) -> Callable[[Message], None]:
        """What raises InvalidRequest for messages of a kind that break its rules.

        Compiles the rules now, so that no caller waits for it.
        """
        violations_of = self._validator.collect_violations
        violations_of(kind())

        def require_valid(message: Message) -> None:
            # Most requests are small and have no such byte anywhere: then nothing is looked at.
            if NUL in message.SerializeToString() and (held := list(_texts_with_nul(message))):
                raise InvalidRequest(fields=[FieldViolation(path, *_NUL_HELD) for path in held])
            if violations := violations_of(message):
                raise InvalidRequest(fields=[_describe(violation) for violation in violations])

        return require_valid


def _texts_with_nul(message: Message, at: str = "") -> Iterator[str]:
    """The paths of the texts that hold a NUL; maps by their keys, lists by their places."""
    for field, value in message.ListFields():
        path = f"{at}.{field.name}" if at else field.name
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            for key, held in value.items():
                yield from _nul_in(key, f"{path}[...]")
                yield from _nul_in(held, f'{path}["{key}"]')
        elif field.is_repeated:
            for place, held in enumerate(value):
                yield from _nul_in(held, f"{path}[{place}]")
        else:
            yield from _nul_in(value, path)


def _nul_in(value: object, path: str) -> Iterator[str]:
    if isinstance(value, Message):
        yield from _texts_with_nul(value, path)
    elif isinstance(value, str) and "\0" in value:
        yield path


def _describe(violation: protovalidate.Violation) -> FieldViolation:
    broken = violation.proto
    kind, _, rule = broken.rule_id.partition(".")
    if kind not in STANDARD_RULES:
        reason, zh, en = _own_rule(broken.rule_id, broken.message)
    elif rule == "min_len" and violation.rule_value == 1:
        reason, zh, en = _MISSING
    elif rule == "pattern":
        reason, zh, en = unfitting(str(violation.rule_value))
    else:
        reason, zh, en = TEXTS.get(rule or kind, NO_FORMAT)
    if rule != "pattern":
        zh, en = zh.format(violation.rule_value), en.format(violation.rule_value)
    return FieldViolation(field=_path(broken), reason=reason, zh=zh, en=en)


def unfitting(pattern: str) -> tuple[str, str, str]:
    """What to say of a text that does not fit a pattern; ids have patterns where words stand for some of them."""
    core = pattern.removeprefix("^").removesuffix("$")
    if whole := _OPTIONAL.fullmatch(core):
        core = whole[1]
    if _ID in core:
        return TEXTS["uuid"]
    zh, en = PATTERNS.get(core, NO_FORMAT[1:])
    return NO_FORMAT[0], zh, en


def _own_rule(rule_id: str, message: str) -> tuple[str, str, str]:
    """A CEL rule of our contracts: its id is the reason, its message the Chinese and English text, parted by ` / `."""
    zh, parted, en = message.partition(" / ")
    if not parted:
        zh, en = NO_FORMAT[1], message or NO_FORMAT[2]
    return rule_id.upper().replace(".", "_").replace("-", "_"), _literally(zh), _literally(en)


def _literally(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _path(violation: "protovalidate.ViolationPb") -> str:
    """The field's path as its JSON reader writes it: `events[0].event_id`, `texts["zh"]`."""
    path = ""
    for element in violation.field.elements if violation.field else ():
        path += f".{element.field_name}" if path else element.field_name
        if element.subscript is not None:
            key = element.subscript.value
            path += f'["{key}"]' if isinstance(key, str) else f"[{key}]"
    return path
