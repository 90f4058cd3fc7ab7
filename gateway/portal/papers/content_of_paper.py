"""What services say of a paper and its holder, as the paper reads (EN-18)."""

from datetime import UTC
from typing import Final
from urllib.parse import urlencode

from zikao.enrollment.v1 import catalogue_pb2, paper_service_pb2
from zikao.identity.v1 import resources_pb2

from chassis.clock import SHANGHAI
from gateway.portal.papers.content import Course, Fact, PaperContent
from gateway.web.jinja_environments import clock, day, weekday, yuan
from gateway.web.labels.lookup import label_of

Paper = paper_service_pb2.Paper

CHECK: Final = "/papers/check"
NOTES: Final = {
    Paper.REGISTRATION_FORM: "本表列出生成时已选的课程。课程经缴费或主考学校确认后方为有效，以报考确认单为准。",
    Paper.CONFIRMATION: "所列课程在生成时均已有效。考试时间如有变动，以最新公布为准。",
}
PRACTICE_FEES: Final = "实践课程的费用由主考学校收取，不计入合计。"


def content_of(paper: Paper, candidate: resources_pb2.Candidate, portrait: bytes, public_origin: str) -> PaperContent:
    """A paper as it reads. `public_origin` is where browsers find the pages."""
    title = label_of("paper", paper.kind)
    theory = [course for course in paper.courses if course.course_kind == catalogue_pb2.Course.THEORY]
    total = f"共 {len(paper.courses)} 门课程，在线缴费合计 {yuan(sum(course.fee_fen for course in theory))} 元"
    check_address = public_origin + CHECK
    return PaperContent(
        title_zh=title.zh,
        title_en=title.en,
        session=paper.session_name_zh,
        person=_person(candidate),
        registration=_registration(paper),
        courses=[_course(one) for one in paper.courses],
        total=total,
        notes=[NOTES[paper.kind], *([PRACTICE_FEES] if len(theory) < len(paper.courses) else [])],
        check_code=paper.check_code,
        check_address=check_address,
        check_url=f"{check_address}?{urlencode({'check_code': paper.check_code})}",
        issue_time=paper.create_time.ToDatetime(tzinfo=UTC).astimezone(SHANGHAI),
        portrait=portrait,
    )


def _person(candidate: resources_pb2.Candidate) -> list[Fact]:
    details = candidate.details
    sex = label_of("sex", details.sex).zh if details.sex else "—"
    return [
        Fact("姓名", "Name", candidate.display_name),
        Fact("性别 / 出生日期", "Sex / date of birth", f"{sex} / {details.birth_date or '—'}"),
        Fact("证件类型", "Document", label_of("document", candidate.document_type).zh),
        Fact("证件号码", "Document number", candidate.document_number),
    ]


def _registration(paper: Paper) -> list[Fact]:
    stated = [
        Fact("准考证号", "Ticket number", paper.ticket_number or "尚未生成"),
        Fact("主考学校", "Host school", paper.school_name),
        Fact("专业", "Major", f"{paper.major_code} {paper.major_name}"),
    ]
    if paper.kind == Paper.REGISTRATION_FORM:
        stated.append(Fact("考区意向", "Preferred district", paper.district_name or "未填写"))
    return stated


def _course(one: paper_service_pb2.PaperCourse) -> Course:
    theory = one.course_kind == catalogue_pb2.Course.THEORY
    return Course(
        code=one.course_code,
        name=one.course_name,
        kind=label_of("course_kind", one.course_kind).zh,
        credits=str(one.credits),
        time=_time(one),
        fee=yuan(one.fee_fen) if theory else "学校收取",
    )


def _time(one: paper_service_pb2.PaperCourse) -> str:
    if not one.HasField("start_time"):
        return "时间待公布"
    start, end = one.start_time, one.end_time
    return f"{day(start)} {label_of('weekday', weekday(start)).zh} {clock(start)}–{clock(end)}"
