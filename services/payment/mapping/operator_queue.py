"""The operator's queue, between the contracts' words and the domain's."""

from zikao.payment.v1 import resources_pb2, settlement_service_pb2

from chassis.rpc.message_mapping import message_of
from services.payment.domain.bilingual_text import Words
from services.payment.domain.exception_words import RESOLVED, seen, to_do
from services.payment.domain.operator_queue import (
    ExceptionFilter,
    ExceptionKind,
    ExceptionState,
    QueueEntry,
    SettlementFigures,
)


def exception_filter(request: settlement_service_pb2.ListExceptionsRequest) -> ExceptionFilter:
    """Which entries are asked for: those that are open, unless another state is named."""
    state = ExceptionState(resources_pb2.Exception.State.Name(request.state)) if request.state else ExceptionState.OPEN
    kind = ExceptionKind(resources_pb2.Exception.Kind.Name(request.kind)) if request.kind else None
    return ExceptionFilter(state, kind, request.order_id)


def exception(entry: QueueEntry) -> resources_pb2.Exception:
    """An entry of the operator's queue, explained."""
    text, action, resolution = seen(entry), to_do(entry, paid=entry.order_paid), _resolution(entry)
    return message_of(
        resources_pb2.Exception,
        entry,
        text_zh=text.zh,
        text_en=text.en,
        action_zh=action.zh,
        action_en=action.en,
        resolution_zh=resolution.zh,
        resolution_en=resolution.en,
    )


def figures(found: SettlementFigures) -> settlement_service_pb2.SettlementFigures:
    """What of the money is not settled."""
    message = settlement_service_pb2.SettlementFigures
    return message_of(message, found, exceptions=[message_of(message.ExceptionAges, ages) for ages in found.exceptions])


def _resolution(entry: QueueEntry) -> Words:
    if entry.resolution is not None:
        return RESOLVED[entry.resolution]
    return Words(entry.resolution_note, entry.resolution_note)
