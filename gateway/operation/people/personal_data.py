"""What is erased of people's data (ID-20): accounts, and how far each erasure has come in each service."""

from starlette.responses import Response
from zikao.identity.v1 import personal_data_service_pb2

from gateway.web.page_request import Page


async def show(page: Page) -> Response:
    """Erasures of accounts, the newest first."""
    request = personal_data_service_pb2.ListAccountErasuresRequest(page_token=page.query()["page_token"])
    answer = await page.ask(request)
    return page.render("operation/personal_data.html", erasures=answer.erasures, next_page_token=answer.next_page_token)
