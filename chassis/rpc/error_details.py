"""Refusals on the wire: `google.rpc.Status` with the standard details, and back again.

A refusal becomes ErrorInfo (reason, domain `zikao`, metadata), a LocalizedMessage in each language, BadRequest for
fields, PreconditionFailure and UnmetConditions for gates, RetryInfo for a delay. Nothing else of an exception ever
leaves the process.
"""

from dataclasses import asdict
from typing import Any, Final

import grpc
from google.protobuf import any_pb2
from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2, status_pb2
from zikao.common.v1 import unmet_pb2

from chassis.call_context import Language
from chassis.errors import Code, FieldViolation, Refusal, RemoteRefusal, Unmet

DOMAIN: Final = "zikao"
DETAILS_KEY: Final = "grpc-status-details-bin"
MOST_DETAIL_BYTES: Final = 24_000
"""Fields beyond this are left out: a status travels in headers, and a header has a limit (see METADATA_BYTES)."""
METADATA_BYTES: Final = 48 * 1024
"""What servers and clients accept as metadata; gRPC's own 8 kB is too little for fifty field errors in two languages.
"""

_FOREIGN_TEXTS: Final = {
    "UNAVAILABLE": (
        "服务暂时不可用，请稍后重试。",
        "The service is unavailable at the moment. Please try again later.",
    ),
    "DEADLINE_EXCEEDED": ("服务响应超时，请稍后重试。", "The service did not answer in time. Please try again later."),
}
_FOREIGN_TEXT: Final = ("系统内部错误，请稍后重试。", "An internal error occurred. Please try again later.")
"""What to tell a reader of a failure that is the network's or gRPC's own, and comes without texts."""

_KINDS: Final[dict[str, type[Message]]] = {
    kind.DESCRIPTOR.full_name: kind
    for kind in (
        error_details_pb2.ErrorInfo,
        error_details_pb2.RetryInfo,
        error_details_pb2.LocalizedMessage,
        error_details_pb2.BadRequest,
        unmet_pb2.UnmetConditions,
    )
}
"""The details that are understood; others are skipped."""

_GRPC_CODES: Final = {code.value[0]: code for code in grpc.StatusCode}


def grpc_code(code: Code) -> grpc.StatusCode:
    """The constant of gRPC for one of our codes."""
    return grpc.StatusCode[code.name]


def to_status(refusal: Refusal) -> status_pb2.Status:
    """The status that tells a caller everything a refusal says, in both languages."""
    english, chinese = refusal.message(Language.ENGLISH.value), refusal.message(Language.CHINESE.value)
    details: list[Message] = [
        error_details_pb2.ErrorInfo(reason=refusal.reason, domain=DOMAIN, metadata=refusal.metadata),
        error_details_pb2.LocalizedMessage(locale=Language.CHINESE.value, message=chinese),
        error_details_pb2.LocalizedMessage(locale=Language.ENGLISH.value, message=english),
    ]
    if refusal.retry_after is not None:
        details.append(error_details_pb2.RetryInfo(retry_delay=refusal.retry_after))
    if refusal.unmet:
        details += _unmet_details(refusal)
    if refusal.fields:
        details.append(_bad_request(refusal))
    status = status_pb2.Status(code=grpc_code(refusal.code).value[0], message=english)
    for detail in details:
        status.details.add().Pack(detail)
    return status


def _unmet_details(refusal: Refusal) -> list[Message]:
    standard, ours = error_details_pb2.PreconditionFailure(), unmet_pb2.UnmetConditions()
    for unmet in refusal.unmet:
        standard.violations.add(type=unmet.reason, subject=unmet.subject, description=unmet.en)
        ours.unmet.add(**asdict(unmet))
    return [standard, ours]


def _bad_request(refusal: Refusal) -> error_details_pb2.BadRequest:
    bad_request, size = error_details_pb2.BadRequest(), 0
    for violation in refusal.fields:
        entry = error_details_pb2.BadRequest.FieldViolation(
            field=violation.field,
            reason=violation.reason,
            description=violation.en,
            localized_message=error_details_pb2.LocalizedMessage(locale=Language.CHINESE.value, message=violation.zh),
        )
        size += entry.ByteSize()
        if size > MOST_DETAIL_BYTES:
            break
        bad_request.field_violations.append(entry)
    return bad_request


def from_status(status: status_pb2.Status) -> RemoteRefusal:
    """The refusal that a status of the suite tells of; of a foreign status, no more than its code."""
    details = [_unpacked(detail) for detail in status.details if detail.TypeName() in _KINDS]
    info = next((one for one in details if isinstance(one, error_details_pb2.ErrorInfo)), error_details_pb2.ErrorInfo())
    retry = next((one for one in details if isinstance(one, error_details_pb2.RetryInfo)), None)
    texts = {one.locale: one.message for one in details if isinstance(one, error_details_pb2.LocalizedMessage)}
    code = _GRPC_CODES[status.code].name
    zh, en = _FOREIGN_TEXTS.get(code, _FOREIGN_TEXT)
    return RemoteRefusal(
        reason=info.reason or code,
        code=Code[code],
        zh=texts.get(Language.CHINESE.value, zh),
        en=texts.get(Language.ENGLISH.value, en),
        fields=[
            FieldViolation(field=one.field, reason=one.reason, zh=one.localized_message.message, en=one.description)
            for detail in details
            if isinstance(detail, error_details_pb2.BadRequest)
            for one in detail.field_violations
        ],
        unmet=[
            Unmet(reason=one.reason, subject=one.subject, zh=one.zh, en=one.en, next_action=one.next_action)
            for detail in details
            if isinstance(detail, unmet_pb2.UnmetConditions)
            for one in detail.unmet
        ],
        retry_after=retry.retry_delay.ToTimedelta() if retry and retry.HasField("retry_delay") else None,
        metadata=dict(info.metadata),
    )


def _unpacked(detail: any_pb2.Any) -> Message:
    message = _KINDS[detail.TypeName()]()
    detail.Unpack(message)
    return message


def from_rpc_error(error: grpc.aio.AioRpcError) -> RemoteRefusal:
    """What a failed call means: the other side's refusal, or a bare code when the failure is the network's."""
    status = status_pb2.Status()
    trailing: Any = error.trailing_metadata() or ()
    for key, value in trailing:
        if key == DETAILS_KEY and isinstance(value, bytes):
            try:
                status.ParseFromString(value)
            except DecodeError:
                break
    if status.code != error.code().value[0]:
        status = status_pb2.Status(code=error.code().value[0])
    return from_status(status)
