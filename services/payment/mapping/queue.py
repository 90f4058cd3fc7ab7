"""The operator's queue, between the contracts' words and the domain's."""

from zikao.payment.v1 import resources_pb2

from services.payment.domain.exceptions import QueueEntry
from services.payment.domain.explaining import RESOLVED, seen, to_do
from services.payment.domain.words import Words
from services.payment.mapping import instant


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
