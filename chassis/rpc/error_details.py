"""Refusals on the wire: `google.rpc.Status` with the standard details, and back again.

A refusal becomes ErrorInfo (reason, domain `zikao`, metadata), a LocalizedMessage in each language, BadRequest for
fields, PreconditionFailure and UnmetConditions for gates, RetryInfo for a delay. Nothing else of an exception ever
leaves the process.
"""

from typing import Any, Final

import grpc
from google.protobuf import any_pb2
from google.protobuf.duration_pb2 import Duration
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

_GRPC_CODES: Final = {code.value[0]: code for code in grpc.StatusCode}


def grpc_code(code: Code) -> grpc.StatusCode:
    """GRPC's constant for one of our codes."""
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
        delay = Duration()
        delay.FromTimedelta(refusal.retry_after)
        details.append(error_details_pb2.RetryInfo(retry_delay=delay))
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
        ours.unmet.add(
            reason=unmet.reason, subject=unmet.subject, zh=unmet.zh, en=unmet.en, next_action=unmet.next_action
        )
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
    details = _Details(status)
    info, retry = details.error_info, details.retry_info
    code = _GRPC_CODES[status.code].name
    zh, en = _FOREIGN_TEXTS.get(code, _FOREIGN_TEXT)
    return RemoteRefusal(
        reason=info.reason or code,
        code=Code[code],
        zh=details.messages.get(Language.CHINESE.value, zh),
        en=details.messages.get(Language.ENGLISH.value, en),
        fields=details.fields,
        unmet=details.unmet,
        retry_after=retry.retry_delay.ToTimedelta() if retry.HasField("retry_delay") else None,
        metadata=dict(info.metadata),
    )


class _Details:
    """The details of a status, unpacked; those of unknown types are skipped."""

    def __init__(self, status: status_pb2.Status) -> None:
        self.error_info = error_details_pb2.ErrorInfo()
        self.retry_info = error_details_pb2.RetryInfo()
        self.messages: dict[str, str] = {}
        self.fields: tuple[FieldViolation, ...] = ()
        self.unmet: tuple[Unmet, ...] = ()
        for detail in status.details:
            self._take(detail)

    def _take(self, detail: any_pb2.Any) -> None:
        match detail.TypeName():
            case "google.rpc.ErrorInfo":
                detail.Unpack(self.error_info)
            case "google.rpc.RetryInfo":
                detail.Unpack(self.retry_info)
            case "google.rpc.LocalizedMessage":
                message = error_details_pb2.LocalizedMessage()
                detail.Unpack(message)
                self.messages[message.locale] = message.message
            case "google.rpc.BadRequest":
                bad_request = error_details_pb2.BadRequest()
                detail.Unpack(bad_request)
                self.fields = tuple(
                    FieldViolation(field=v.field, reason=v.reason, zh=v.localized_message.message, en=v.description)
                    for v in bad_request.field_violations
                )
            case "zikao.common.v1.UnmetConditions":
                conditions = unmet_pb2.UnmetConditions()
                detail.Unpack(conditions)
                self.unmet = tuple(
                    Unmet(reason=u.reason, subject=u.subject, zh=u.zh, en=u.en, next_action=u.next_action)
                    for u in conditions.unmet
                )
            case _:
                pass


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
