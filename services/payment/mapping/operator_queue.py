"""The operator's queue, between the contracts' words and the domain's."""

from zikao.payment.v1 import resources_pb2, settlement_service_pb2

from services.payment.domain.bilingual_text import Words
from services.payment.domain.exception_words import RESOLVED, seen, to_do
from services.payment.domain.operator_queue import ExceptionFilter, ExceptionKind, ExceptionState, QueueEntry
from services.payment.mapping.timestamps import instant


def exception_filter(request: settlement_service_pb2.ListExceptionsRequest) -> ExceptionFilter:
    """Which entries are asked for: those that are open, unless another state is named."""
    state = ExceptionState(resources_pb2.Exception.State.Name(request.state)) if request.state else ExceptionState.OPEN
    kind = ExceptionKind(resources_pb2.Exception.Kind.Name(request.kind)) if request.kind else None
    return ExceptionFilter(state, kind, request.order_id)


def exception(entry: QueueEntry) -> resources_pb2.Exception:
    """An entry of the operator's queue, explained."""
    finding = entry.finding
    text, action, resolution = seen(finding), to_do(finding), _resolution(entry)
    return resources_pb2.Exception(
        exception_id=entry.exception_id,
        kind=finding.kind.value,
        state=entry.state.value,
        order_id=finding.order_id,
        provider=finding.provider,
        out_trade_no=finding.out_trade_no,
        expected_fen=finding.expected_fen,
        found_fen=finding.found_fen,
        detail=finding.detail.value if finding.detail else "",
        facts=finding.facts,
        text_zh=text.zh,
        text_en=text.en,
        action_zh=action.zh,
        action_en=action.en,
        occurrence_count=entry.occurrence_count,
        create_time=instant(entry.create_time),
        last_time=instant(entry.last_time),
        resolved_by=entry.resolved_by,
        resolution_note=entry.resolution_note,
        resolution_zh=resolution.zh,
        resolution_en=resolution.en,
        resolve_time=instant(entry.resolve_time),
        etag=entry.etag,
    )


def _resolution(entry: QueueEntry) -> Words:
    if entry.resolution is not None:
        return RESOLVED[entry.resolution]
    return Words(entry.resolution_note, entry.resolution_note)
