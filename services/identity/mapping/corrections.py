"""Corrections of photo and details, and what the host school decides on them (EN-4)."""

from datetime import UTC

from zikao.identity.v1 import correction_service_pb2, resources_pb2
from zikao.review.v1 import events_pb2 as review_events_pb2
from zikao.review.v1 import resources_pb2 as review_resources_pb2

from chassis.rpc.message_mapping import message_of
from services.identity.domain.candidates import Candidate
from services.identity.domain.corrections.required_corrections import (
    Correction,
    CorrectionEvent,
    CorrectionState,
    Fault,
    Finding,
)
from services.identity.mapping.review_cases import event_of
from services.identity.ports.review_cases import correction_case_id


def finding_from(request: correction_service_pb2.RequireCorrectionRequest) -> Finding:
    """What a reviewer or an operator found wrong."""
    return Finding(Fault[resources_pb2.Correction.Reason.Name(request.reason)], request.note)


def correction_message(candidate: Candidate) -> resources_pb2.Correction | None:
    """The correction asked of a candidate, if one ever was."""
    known = candidate.correction
    if known is None:
        return None
    step = known.next_step
    return message_of(
        resources_pb2.Correction,
        known,
        reason=known.finding.fault.value,
        note=known.finding.note,
        next_step_zh=step.zh if step else "",
        next_step_en=step.en if step else "",
        review_case_id=correction_case_id(candidate.candidate_id, known.number),
    )


def correction_state_from(value: int) -> CorrectionState | None:
    """The contract's state in ours; None when it is not stated."""
    return CorrectionState[resources_pb2.Correction.State.Name(value)] if value else None


def correction_task(candidate: Candidate) -> resources_pb2.Candidate:
    """A correction as it waits in the outbox, without the words that were written to the candidate."""
    message = correction_message(candidate)
    assert message is not None
    message.ClearField("note")
    return resources_pb2.Candidate(candidate_id=candidate.candidate_id, correction=message)


def correction_event(decided: review_events_pb2.CaseDecided) -> CorrectionEvent:
    """What the host school's verdict does to a correction: the third rejection is for good (RE-5)."""
    event = event_of(CorrectionEvent, decided)
    if event is CorrectionEvent.REJECTED and decided.submissions_left == 0:
        return CorrectionEvent.REJECTED_FOR_GOOD
    return event


def finding_of(decided: review_events_pb2.CaseDecided) -> Finding | None:
    """Why a submission was not approved; a reason that is none of a photo's or details' is left to the note."""
    if not decided.reason:
        return None
    name = review_resources_pb2.Reason.Name(decided.reason)
    return Finding(Fault[name] if name in Fault.__members__ else Fault.SEE_NOTE, decided.note)


def correction_from(task: resources_pb2.Candidate) -> Correction:
    """A correction as it waited in the outbox: where it stands and what was found wrong."""
    known = task.correction
    return Correction(
        number=0,
        finding=Finding(Fault[resources_pb2.Correction.Reason.Name(known.reason)]),
        find_time=known.find_time.ToDatetime(UTC),
        state=CorrectionState[resources_pb2.Correction.State.Name(known.state)],
    )
