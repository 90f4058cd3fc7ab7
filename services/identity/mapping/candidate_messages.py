"""What candidates are to be told."""

from datetime import UTC

from zikao.enrollment.v1 import events_pb2 as enrollment_events_pb2

from chassis.rpc.message_mapping import message_of
from services.identity.domain.candidate_messages import Notice, Occasion


def notice_from(notice_id: str, message: enrollment_events_pb2.CandidateNotified) -> Notice:
    """What a candidate is to be told."""
    return Notice(
        notice_id=notice_id,
        candidate_id=message.candidate_id,
        occasion=Occasion(enrollment_events_pb2.CandidateNotified.About.Name(message.about)),
        session_id=message.session_id,
        course_name=message.course_name,
        start=message.start_time.ToDatetime(UTC) if message.HasField("start_time") else None,
        end=message.end_time.ToDatetime(UTC) if message.HasField("end_time") else None,
    )


def candidate_notified(one: Notice) -> enrollment_events_pb2.CandidateNotified:
    """The same as it waits in the outbox."""
    return message_of(
        enrollment_events_pb2.CandidateNotified,
        one,
        about=one.occasion.value,
        start_time=one.start,
        end_time=one.end,
    )
