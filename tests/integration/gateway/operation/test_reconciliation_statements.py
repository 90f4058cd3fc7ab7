"""Statements of reconciled days are read and saved (PA-10)."""

from google.api import httpbody_pb2
from zikao.payment.v1 import resources_pb2

from tests.integration.gateway.logged_in_browser import Browser


async def test_a_statement_is_saved_and_never_shown_as_a_page_of_ours(operator: Browser) -> None:  # PA-10
    body = httpbody_pb2.HttpBody(content_type="text/html", data=b"<h1>statement</h1>")
    operator.services.answers["SettlementService.DownloadStatement"] = body
    answer = await operator.get("/operation/statements/sandbox/2026-10-01/file?form=html")
    assert answer.headers["content-disposition"] == 'attachment; filename="statement-sandbox-2026-10-01.html"'


async def test_a_day_that_is_reconciled_leads_to_its_statement(operator: Browser) -> None:  # PA-10
    done = resources_pb2.Statement(provider="sandbox", date="2026-10-01")
    operator.services.answers["SettlementService.ReconcileDay"] = done
    answer = await operator.send("/operation/statements", provider="sandbox", date="2026-10-01")
    assert answer.headers["location"] == "/operation/statements/sandbox/2026-10-01"
