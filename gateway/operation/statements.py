"""Statements of reconciled days, their differences, and the file to keep (PA-10)."""

import asyncio
from datetime import timedelta
from typing import Final

from starlette.responses import Response
from zikao.payment.v1 import settlement_service_pb2

from chassis.clock import SHANGHAI
from chassis.errors import Refusal
from gateway.web.forms import Form
from gateway.web.page import Page

Download = settlement_service_pb2.DownloadStatementRequest
FORMS: Final = {"json": Download.JSON, "html": Download.HTML}
RECONCILE_SECONDS: Final = 30.0


async def show_all(page: Page) -> Response:
    """The statements, the newest first, and a form to reconcile a day."""
    yesterday = page.now.astimezone(SHANGHAI).date() - timedelta(days=1)
    return await _statements(page, Form({"date": yesterday.isoformat()}))


async def reconcile(page: Page) -> Response:
    """Compares a day with the provider's bill."""
    form = page.form()
    request = settlement_service_pb2.ReconcileDayRequest(provider=form["provider"], date=form["date"])
    try:
        done = await page.ask(request, seconds=RECONCILE_SECONDS)
    except Refusal as refusal:
        return await _statements(page, form.refused(refusal, page.language))
    return page.redirect(f"/operation/statements/{done.provider}/{done.date}")


async def show(page: Page) -> Response:
    """One statement with its differences."""
    provider, date = page.params["provider"], page.params["date"]
    statement_request = settlement_service_pb2.GetStatementRequest(provider=provider, date=date)
    differences_request = settlement_service_pb2.ListDifferencesRequest(
        provider=provider, date=date, page_token=page.query()["page_token"]
    )
    statement, differences = await asyncio.gather(
        page.ask(statement_request),
        page.ask(differences_request),
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
    provider, date = page.params["provider"], page.params["date"]
    body = await page.ask(Download(provider=provider, date=date, form=FORMS[ending]))
    return page.file(body, f"statement-{provider}-{date}.{ending}")


async def _statements(page: Page, form: Form) -> Response:
    answer = await page.ask(settlement_service_pb2.ListStatementsRequest(page_token=page.query()["page_token"]))
    return page.render(
        "operation/statements.html",
        form=Form({"provider": answer.statements[0].provider if answer.statements else "", **form.values}, form.wrong),
        statements=answer.statements,
        next_page_token=answer.next_page_token,
    )
