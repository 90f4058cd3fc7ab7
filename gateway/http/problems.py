"""Refusals as `application/problem+json` (RFC 9457): the one place where an error gets its HTTP shape (GW-3).

    type, title, status   what kind of problem, for programs, for people, for HTTP
    detail                what happened, in the reader's language
    code, reason          the canonical code and the stable reason: docs/errors.md lists every reason
    metadata              what the texts are about, for programs
    errors                each wrong field: a JSON pointer into the body, or the name of the path or query parameter
    unmet                 each condition that is missing (EN-2), with what to do next
    retry_after           seconds after which trying again makes sense
    trace_id              what to quote when asking for help

An internal error says nothing but its trace id.
"""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from google.protobuf.descriptor import Descriptor

from chassis.call_context import Language
from chassis.errors import Code, FieldViolation, InternalError, Refusal, Unmet
from gateway.contracts.rpcs import WHOLE
from gateway.errors import HttpRefusal

CONTENT_TYPE: Final = b"application/problem+json"
TYPE_PREFIX: Final = "urn:zikao:problem:"
OURS_TO_FIX: Final = frozenset({Code.INTERNAL, Code.UNKNOWN, Code.DATA_LOSS})

STATUS: Final = {
    Code.CANCELLED: 499,
    Code.UNKNOWN: 500,
    Code.INVALID_ARGUMENT: 400,
    Code.DEADLINE_EXCEEDED: 504,
    Code.NOT_FOUND: 404,
    Code.ALREADY_EXISTS: 409,
    Code.PERMISSION_DENIED: 403,
    Code.RESOURCE_EXHAUSTED: 429,
    Code.FAILED_PRECONDITION: 400,
    Code.ABORTED: 409,
    Code.OUT_OF_RANGE: 400,
    Code.UNIMPLEMENTED: 501,
    Code.INTERNAL: 500,
    Code.UNAVAILABLE: 503,
    Code.DATA_LOSS: 500,
    Code.UNAUTHENTICATED: 401,
}
"""The HTTP mapping that `google/rpc/code.proto` publishes."""

TITLES: Final = {
    Code.CANCELLED: ("请求已取消", "Cancelled"),
    Code.INVALID_ARGUMENT: ("请求内容有误", "Invalid request"),
    Code.DEADLINE_EXCEEDED: ("响应超时", "No answer in time"),
    Code.NOT_FOUND: ("未找到", "Not found"),
    Code.ALREADY_EXISTS: ("已存在", "Already exists"),
    Code.PERMISSION_DENIED: ("无权操作", "Not allowed"),
    Code.RESOURCE_EXHAUSTED: ("请求过多", "Too many requests"),
    Code.FAILED_PRECONDITION: ("条件未满足", "Not possible now"),
    Code.ABORTED: ("内容已变更", "Changed meanwhile"),
    Code.OUT_OF_RANGE: ("超出范围", "Out of range"),
    Code.UNIMPLEMENTED: ("不支持", "Not supported"),
    Code.UNAVAILABLE: ("服务暂时不可用", "Unavailable"),
    Code.UNAUTHENTICATED: ("未登录", "Not logged in"),
}
INTERNAL_TITLE: Final = ("系统错误", "Internal error")

_STEP: Final = re.compile(r'([A-Za-z_]\w*)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]')


@dataclass(frozen=True, slots=True)
class RequestFields:
    """Where a request's fields come from, so that a wrong one can be pointed at: its message, and the field that is
    the body.
    """

    message: Descriptor
    body: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A rendered problem."""

    status: int
    body: bytes
    retry_after: int | None


def render_problem(refusal: Refusal, language: Language, trace_id: str, place: RequestFields | None = None) -> Problem:
    """`refusal` for a reader of `language`."""
    refusal, status = shown_refusal(refusal)
    chinese = language is Language.CHINESE
    retry_after = None if refusal.retry_after is None else retry_seconds(refusal.retry_after)
    shown: dict[str, Any] = {
        "type": TYPE_PREFIX + refusal.reason,
        "title": TITLES.get(refusal.code, INTERNAL_TITLE)[0 if chinese else 1],
        "status": status,
        "detail": refusal.message(language.value),
        "code": refusal.code.name,
        "reason": refusal.reason,
    }
    if refusal.metadata:
        shown["metadata"] = dict(refusal.metadata)
    if refusal.fields:
        shown["errors"] = [_error(violation, place, chinese=chinese) for violation in refusal.fields]
    if refusal.unmet:
        shown["unmet"] = [_unmet(unmet, chinese=chinese) for unmet in refusal.unmet]
    if retry_after is not None:
        shown["retry_after"] = retry_after
    shown["trace_id"] = trace_id
    return Problem(status, json.dumps(shown, ensure_ascii=False).encode("utf-8", "replace"), retry_after)


def retry_seconds(delay: timedelta) -> int:
    """A delay as `Retry-After` says it: in whole seconds, and never none."""
    return max(1, math.ceil(delay.total_seconds()))


def shown_refusal(refusal: Refusal) -> tuple[Refusal, int]:
    """The refusal as its caller may see it, which of an internal error is nothing, and its HTTP status."""
    shown = InternalError() if refusal.code in OURS_TO_FIX else refusal
    return shown, shown.status if isinstance(shown, HttpRefusal) else STATUS[shown.code]


def _error(violation: FieldViolation, place: RequestFields | None, *, chinese: bool) -> dict[str, str]:
    text = violation.zh if chinese else violation.en
    where = _where(violation.field, place)
    return {**where, "field": violation.field, "reason": violation.reason, "detail": text or violation.en}


def _unmet(unmet: Unmet, *, chinese: bool) -> dict[str, str]:
    return {
        "reason": unmet.reason,
        "subject": unmet.subject,
        "explanation": unmet.zh if chinese else unmet.en,
        "next_action": unmet.next_action,
    }


def _where(path: str, place: RequestFields | None) -> dict[str, str]:
    """A pointer for what came in the body; a parameter's name for what came in the path or the query."""
    if place is None:
        return {}
    steps = list(_json_steps(place.message, path))
    if place.body == WHOLE:
        return {"pointer": _pointer(steps)}
    if place.body and steps[:1] == list(_json_steps(place.message, place.body)):
        return {"pointer": _pointer(steps[1:])}
    return {"parameter": ".".join(steps)}


def _pointer(steps: list[str]) -> str:
    return "#" + "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


def _json_steps(message: Descriptor, path: str) -> Iterator[str]:
    """The steps of a field path such as `items[1].fee_fen`, in JSON names as far as the contract knows them."""
    holder: Descriptor | None = message
    for name, index, key in _STEP.findall(path):
        if not name:
            yield index or key
            continue
        field = holder.fields_by_name.get(name) if holder else None
        holder = field.message_type if field else None
        if holder is not None and holder.GetOptions().map_entry:
            holder = holder.fields_by_name["value"].message_type
        yield field.json_name if field else name
