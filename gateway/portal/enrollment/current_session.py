"""The exam session that candidates mean: the open one, else the next, else the last (EN-2)."""

from collections.abc import Sequence

from zikao.enrollment.v1 import catalogue_pb2, catalogue_service_pb2

from chassis.errors import NotFound
from gateway.web.page_request import Page

PREFERRED = (
    catalogue_pb2.ExamSession.OPEN,
    catalogue_pb2.ExamSession.ANNOUNCED,
    catalogue_pb2.ExamSession.CLOSED,
)


async def exam_sessions(page: Page) -> tuple[catalogue_pb2.ExamSession, Sequence[catalogue_pb2.ExamSession]]:
    """The session in question, and the others, the latest first. Raises NotFound where there is none to speak of."""
    answer = await page.ask(catalogue_service_pb2.ListSessionsRequest())
    for state in PREFERRED:
        for session in answer.sessions:
            if session.state == state:
                return session, [one for one in answer.sessions if one.session_id != session.session_id]
    raise NotFound()
