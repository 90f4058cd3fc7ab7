"""Refusals: what the suite says when it does not do as asked. Standard library only, so that every room may raise them.

A refusal has a stable reason code, a canonical code, and a text in Chinese and in English. One interceptor puts it on
the wire and one module of the gateway renders it; nobody else formats an error.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any, ClassVar, Final, TypeVar

Existing = TypeVar("Existing")

SOON: Final = timedelta(seconds=2)
"""When to come again where something is away or slow, unless somebody knows better."""


class Code(Enum):
    """gRPC's canonical codes, by their names."""

    CANCELLED = "CANCELLED"
    UNKNOWN = "UNKNOWN"
    INVALID_ARGUMENT = "INVALID_ARGUMENT"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    NOT_FOUND = "NOT_FOUND"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    PERMISSION_DENIED = "PERMISSION_DENIED"
    RESOURCE_EXHAUSTED = "RESOURCE_EXHAUSTED"
    FAILED_PRECONDITION = "FAILED_PRECONDITION"
    ABORTED = "ABORTED"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    UNIMPLEMENTED = "UNIMPLEMENTED"
    INTERNAL = "INTERNAL"
    UNAVAILABLE = "UNAVAILABLE"
    DATA_LOSS = "DATA_LOSS"
    UNAUTHENTICATED = "UNAUTHENTICATED"


PASSING: Final = frozenset({Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED})
"""Nothing is wrong with what was asked: it can be asked again, as it is."""


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """One field of a request that is wrong: its path, a stable reason, and what was expected."""

    field: str
    reason: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Unmet:
    """One condition that is not met (EN-2): its reason, what it is about, the explanation and the next action."""

    reason: str
    subject: str
    zh: str
    en: str
    next_action: str = ""


class Refusal(Exception):
    """Something the suite does not do, and why.

    Subclasses state `reason`, `code` and the two texts; the texts are `str.format` templates over the metadata.
    Metadata is shown to callers and logged: it never holds personal data. What passes by itself always says when to
    come again (GW-7).
    """

    reason: ClassVar[str]
    code: ClassVar[Code]
    zh: ClassVar[str]
    en: ClassVar[str]

    def __init__(
        self,
        *,
        fields: Sequence[FieldViolation] = (),
        unmet: Sequence[Unmet] = (),
        retry_after: timedelta | None = None,
        **metadata: str,
    ) -> None:
        super().__init__(self.reason)
        self.fields = tuple(fields)
        self.unmet = tuple(unmet)
        self.retry_after = retry_after or (SOON if self.code in PASSING else None)
        self.metadata: Mapping[str, str] = metadata

    def message(self, language: str) -> str:
        """The text for a reader of `language` (a BCP 47 tag): English for `en`, Chinese otherwise."""
        template = self.en if language.startswith("en") else self.zh
        return template.format(**self.metadata)


def refusals(kind: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    """Every kind of refusal that has been imported and states a reason of its own, each once."""
    for subclass in kind.__subclasses__():
        if "reason" in vars(subclass):
            yield subclass
        yield from refusals(subclass)


class RemoteRefusal(Refusal):
    """A refusal by another service, as it came over the wire."""

    def __init__(
        self, *, reason: str, code: Code, zh: str, en: str, metadata: Mapping[str, str], **beside: Any
    ) -> None:
        """`beside`: fields, unmet conditions and retry_after, as of any refusal."""
        self.reason = reason  # type: ignore[misc]  # what is fixed for our own kinds is data for a remote one
        self.code = code  # type: ignore[misc]
        super().__init__(**beside)
        self.metadata = metadata
        self._texts = {"zh": zh, "en": en}

    def message(self, language: str) -> str:
        """The text as the other service wrote it."""
        return self._texts["en" if language.startswith("en") else "zh"]


class InvalidRequest(Refusal):
    """Fields of the request are wrong; `fields` names each."""

    reason = "INVALID_REQUEST"
    code = Code.INVALID_ARGUMENT
    zh = "请求内容有误，请按提示修改。"
    en = "Something in the request is wrong; see the fields named."


class NotFound(Refusal):
    """What was asked for does not exist, or not for this caller."""

    reason = "NOT_FOUND"
    code = Code.NOT_FOUND
    zh = "未找到所请求的内容。"
    en = "What was asked for was not found."


def must_exist(value: Existing | None) -> Existing:
    """The value, where there is one. Raises NotFound."""
    if value is None:
        raise NotFound()
    return value


class Unauthenticated(Refusal):
    """The caller has not proven who they are, or the proof has expired."""

    reason = "UNAUTHENTICATED"
    code = Code.UNAUTHENTICATED
    zh = "请先登录。"
    en = "Please log in."


class PermissionDenied(Refusal):
    """The caller is known and may not do this."""

    reason = "ACCESS_DENIED"
    code = Code.PERMISSION_DENIED
    zh = "您无权进行此操作。"
    en = "You may not do this."


class SecondFactorRequired(Refusal):
    """Staff whose second factor is yet to be proven or enrolled may do nothing but that (ID-18)."""

    reason = "SECOND_FACTOR_REQUIRED"
    code = Code.PERMISSION_DENIED
    zh = "请先完成二次验证。"
    en = "Prove or set up your second factor first."


class RequestIdReused(Refusal):
    """A request id came again with another body (F-10)."""

    reason = "REQUEST_ID_REUSED"
    code = Code.INVALID_ARGUMENT
    zh = "同一请求编号已用于不同的请求内容。"
    en = "The request id was already used with another request."


class TooManyRequests(Refusal):
    """A caller asks too often."""

    reason = "RATE_LIMITED"
    code = Code.RESOURCE_EXHAUSTED
    zh = "操作过于频繁，请稍后再试。"
    en = "Too many requests; please try again later."


class Overloaded(Refusal):
    """The service has all the work it can finish in time."""

    reason = "OVERLOADED"
    code = Code.RESOURCE_EXHAUSTED
    zh = "系统繁忙，请稍后再试。"
    en = "The service is busy; please try again in a moment."


class ServiceUnavailable(Refusal):
    """A service cannot be reached; the metadata name it, for operators. Whether it did what was asked is unknown;
    repeating with the same request id is safe.
    """

    reason = "SERVICE_UNAVAILABLE"
    code = Code.UNAVAILABLE
    zh = "系统部分功能暂时不可用，请稍后重试。"
    en = "Part of the system is unavailable at the moment. Please try again later."


class ServiceTimeout(Refusal):
    """A service, which the metadata name, did not answer in time. Whether it did what was asked is unknown; repeating
    with the same request id is safe.
    """

    reason = "SERVICE_TIMEOUT"
    code = Code.DEADLINE_EXCEEDED
    zh = "系统响应超时，请稍后重试。"
    en = "The system did not answer in time. Please try again later."


class StaleEtag(Refusal):
    """Somebody else changed the thing since it was read."""

    reason = "STALE_ETAG"
    code = Code.ABORTED
    zh = "内容已被他人更新，请刷新后再操作。"
    en = "It was changed meanwhile; read it again and repeat."


class Contention(Refusal):
    """Others changed the thing, again and again, faster than it could be changed here."""

    reason = "CONTENTION"
    code = Code.ABORTED
    zh = "内容正被多方同时修改，请重试。"
    en = "It is being changed by several at once; please try again."


class IllegalMove(Refusal):
    """The state machine has no such move; metadata names the state and the event."""

    reason = "ILLEGAL_STATE"
    code = Code.FAILED_PRECONDITION
    zh = "当前状态（{state}）不允许此操作。"
    en = "The present state ({state}) does not allow this."


class InternalError(Refusal):
    """Something unexpected happened; the log holds it under the trace id."""

    reason = "INTERNAL"
    code = Code.INTERNAL
    zh = "系统内部错误，请稍后重试。"
    en = "An internal error occurred. Please try again later."


class NotYetServed(Refusal):
    """The contract has this operation and this release does not serve it."""

    reason = "NOT_YET_SERVED"
    code = Code.UNIMPLEMENTED
    zh = "此功能尚未开放。"
    en = "This release does not serve this operation yet."
