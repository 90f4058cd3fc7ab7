"""What an operator sees first: the sessions, what waits in the queue, the latest statements."""

import asyncio

from starlette.responses import Response
from zikao.enrollment.v1 import catalogue_service_pb2
from zikao.payment.v1 import settlement_service_pb2

from gateway.web.page_request import Page

FEW = 7


async def show(page: Page) -> Response:
    """Everything that asks for attention."""
    sessions, exceptions, statements = await asyncio.gather(
        page.ask(catalogue_service_pb2.ListSessionsRequest()),
        page.ask(settlement_service_pb2.ListExceptionsRequest(page_size=FEW)),
        page.ask(settlement_service_pb2.ListStatementsRequest(page_size=FEW)),
    )
    return page.render(
        "operation/overview.html",
        sessions=sessions.sessions,
        exceptions=exceptions.exceptions,
        more_exceptions=bool(exceptions.next_page_token),
        statements=statements.statements,
    )
