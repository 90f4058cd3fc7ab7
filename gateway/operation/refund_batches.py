"""The refunds of a cancelled session: started, watched, stopped and gone on with (PA-12)."""

import asyncio

from starlette.responses import Response
from zikao.payment.v1 import resources_pb2, settlement_service_pb2

from gateway.web.form import BLANK, Form
from gateway.web.page_request import Page


async def start(page: Page) -> Response:
    """Starts the batch of the session, or finds the one that was started."""
    note = page.form()["note"] or page.say("考期取消", "session cancelled")
    batch = await page.ask(page.fill(settlement_service_pb2.CreateRefundBatchRequest, note=note))
    return page.redirect(f"/operation/refund-batches/{batch.refund_batch_id}")


async def show(page: Page, form: Form = BLANK) -> Response:
    """A batch, how far it is, and its refunds."""
    page_token = page.query()["page_token"]
    batch, refunds = await asyncio.gather(
        page.ask(page.fill(settlement_service_pb2.GetRefundBatchRequest)),
        page.ask(page.fill(settlement_service_pb2.ListBatchRefundsRequest, page_token=page_token)),
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


async def pause(page: Page) -> Response:
    """Stops after the refunds that are under way."""
    return await page.submit(page.fill(settlement_service_pb2.PauseRefundBatchRequest, page.form()), BLANK, show)


async def resume(page: Page) -> Response:
    """Goes on."""
    return await page.submit(page.fill(settlement_service_pb2.ResumeRefundBatchRequest, page.form()), BLANK, show)
