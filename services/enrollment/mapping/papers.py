"""Papers on the wire (EN-18)."""

from zikao.enrollment.v1 import paper_service_pb2 as pb

from chassis.rpc.message_mapping import message_of
from services.enrollment.domain.papers import CheckedPaper, PaperKind, grouped


def paper_message(checked: CheckedPaper) -> pb.Paper:
    """A paper for its owner."""
    paper, facts = checked.paper, checked.paper.facts
    message = message_of(pb.Paper, paper, check_code=grouped(paper.check_code), **_standing(checked))
    message.MergeFrom(message_of(pb.Paper, facts, courses=_courses(checked)))
    return message


def paper_check_message(checked: CheckedPaper) -> pb.PaperCheck:
    """A paper for whoever has its code."""
    facts, holder = checked.paper.facts, checked.holder
    return message_of(
        pb.PaperCheck,
        facts,
        kind=checked.paper.kind.value,
        masked_name=holder.masked_name if holder else "",
        document_number_ending=holder.document_number_ending if holder else "",
        courses=_courses(checked),
        create_time=checked.paper.create_time,
        **_standing(checked),
    )


def paper_kind(number: int) -> PaperKind:
    """A kind of paper as it was asked for."""
    return PaperKind(pb.Paper.Kind.Name(number))


def _courses(checked: CheckedPaper) -> list[pb.PaperCourse]:
    return [message_of(pb.PaperCourse, course) for course in checked.paper.facts.courses]


def _standing(checked: CheckedPaper) -> dict[str, object]:
    return {"holds": checked.holds, "end_time": checked.end_time}
