"""Statements of reconciled days, their differences, and the file to keep (PA-10)."""

import asyncio
from datetime import timedelta
from typing import Final

from starlette.responses import Response
from zikao.payment.v1 import settlement_service_pb2

from chassis.clock import SHANGHAI
from chassis.errors import Refusal
from gateway.web.form import BLANK, Form
from gateway.web.page_request import Page

Download = settlement_service_pb2.DownloadStatementRequest
FORMS: Final = {"json": Download.JSON, "html": Download.HTML}
RECONCILE_SECONDS: Final = 30.0


async def show_all(page: Page, form: Form = BLANK) -> Response:
    """The statements, the newest first, and a form to reconcile a day: yesterday, unless another is typed."""
    answer = await page.ask(settlement_service_pb2.ListStatementsRequest(page_token=page.query()["page_token"]))
    yesterday = page.now.astimezone(SHANGHAI).date() - timedelta(days=1)
    provider = answer.statements[0].provider if answer.statements else ""
    return page.render(
        "operation/statements.html",
        form=form.with_defaults({"provider": provider, "date": yesterday.isoformat()}),
        statements=answer.statements,
        next_page_token=answer.next_page_token,
    )


async def reconcile(page: Page) -> Response:
    """Compares a day with the provider's bill."""
    form = page.form()
    request = page.fill(settlement_service_pb2.ReconcileDayRequest, form)
    try:
        done = await page.ask(request, seconds=RECONCILE_SECONDS)
    except Refusal as refusal:
        return await show_all(page, page.refused(form, refusal))
    return page.redirect(f"/operation/statements/{done.provider}/{done.date}")


async def show(page: Page) -> Response:
    """One statement with its differences."""
    page_token = page.query()["page_token"]
    statement, differences = await asyncio.gather(
        page.ask(page.fill(settlement_service_pb2.GetStatementRequest)),
        page.ask(page.fill(settlement_service_pb2.ListDifferencesRequest, page_token=page_token)),
    )
    return page.render(
        "operation/statement.html",
        statement=statement,
        differences=differences.differences,
        next_page_token=differences.next_page_token,
    )


async def download(page: Page) -> Response:
    """The statement for filing; always saved, never shown as a page of ours."""
    ending = page.query()["form"] if page.query()["form"] in FORMS else "json"
    body = await page.ask(page.fill(Download, form=FORMS[ending]))
    return page.file(body, f"statement-{page.params['provider']}-{page.params['date']}.{ending}")
