"""The exam session that candidates mean: the open one, else the next, else the last (EN-2)."""

from zikao.enrollment.v1 import catalogue_pb2, catalogue_service_pb2

from chassis.errors import NotFound
from gateway.web.page_request import Page

PREFERRED = (
    catalogue_pb2.ExamSession.OPEN,
    catalogue_pb2.ExamSession.ANNOUNCED,
    catalogue_pb2.ExamSession.CLOSED,
)


async def current_session(page: Page) -> catalogue_pb2.ExamSession:
    """The session in question. Raises NotFound where there is none at all."""
    answer = await page.ask(catalogue_service_pb2.ListSessionsRequest())
    for state in PREFERRED:
        for session in answer.sessions:
            if session.state == state:
                return session
    raise NotFound()
