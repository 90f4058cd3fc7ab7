"""The refunds of a cancelled session: started, watched, stopped and gone on with (PA-12)."""

import asyncio

from starlette.responses import Response
from zikao.payment.v1 import resources_pb2, settlement_service_pb2

from gateway.web.forms import Form
from gateway.web.page import Page


async def start(page: Page) -> Response:
    """Starts the batch of the session, or finds the one that was started."""
    form = page.form()
    request = settlement_service_pb2.CreateRefundBatchRequest(
        session_id=page.params["session_id"], note=form["note"] or page.say("考期取消", "session cancelled")
    )
    batch = await page.ask(request)
    return page.redirect(f"/operation/refund-batches/{batch.refund_batch_id}")


async def show(page: Page) -> Response:
    """A batch, how far it is, and its refunds."""
    return await _batch(page, Form())


async def pause(page: Page) -> Response:
    """Stops after the refunds that are under way."""
    request = settlement_service_pb2.PauseRefundBatchRequest(
        refund_batch_id=page.params["refund_batch_id"], etag=page.form()["etag"]
    )
    return await page.submit(request, Form(), _batch, _path(page))


async def resume(page: Page) -> Response:
    """Goes on."""
    request = settlement_service_pb2.ResumeRefundBatchRequest(
        refund_batch_id=page.params["refund_batch_id"], etag=page.form()["etag"]
    )
    return await page.submit(request, Form(), _batch, _path(page))


async def _batch(page: Page, form: Form) -> Response:
    batch_id = page.params["refund_batch_id"]
    refunds_request = settlement_service_pb2.ListBatchRefundsRequest(
        refund_batch_id=batch_id, page_token=page.query()["page_token"]
    )
    batch, refunds = await asyncio.gather(
        page.ask(settlement_service_pb2.GetRefundBatchRequest(refund_batch_id=batch_id)),
        page.ask(refunds_request),
    )
    return page.render(
        "operation/refund_batch.html",
        status=409 if form.wrong else 200,
        batch=batch,
        states=resources_pb2.RefundBatch,
        refunds=refunds.refunds,
        next_page_token=refunds.next_page_token,
        form=form,
    )


def _path(page: Page) -> str:
    return f"/operation/refund-batches/{page.params['refund_batch_id']}"
