"""The refunds of a cancelled session, paused and taken up again (PA-12)."""

from zikao.payment.v1 import resources_pb2, settlement_service_pb2

from tests.integration.gateway.logged_in_browser import Browser

BATCH = "019a0000-0000-7000-8000-0000000000e3"


async def test_a_batch_is_paused_as_it_was_seen(operator: Browser) -> None:  # PA-12
    operator.services.answers["SettlementService.PauseRefundBatch"] = resources_pb2.RefundBatch()
    answer = await operator.send(f"/operation/refund-batches/{BATCH}/pause", etag="etag-1")
    assert answer.headers["location"] == f"/operation/refund-batches/{BATCH}"
    request = settlement_service_pb2.PauseRefundBatchRequest
    assert operator.asked("SettlementService/PauseRefundBatch", request).etag == "etag-1"


async def test_a_batch_that_is_still_recorded_does_not_say_that_there_is_nothing(operator: Browser) -> None:  # PA-12
    batch = resources_pb2.RefundBatch(
        refund_batch_id=BATCH, session_id="2026-10", total_count=1, state=resources_pb2.RefundBatch.RUNNING
    )
    operator.services.answers["SettlementService.GetRefundBatch"] = batch
    operator.services.answers["SettlementService.ListBatchRefunds"] = settlement_service_pb2.ListBatchRefundsResponse()
    page = (await operator.get(f"/operation/refund-batches/{BATCH}")).text
    assert "没有需要退款的订单" not in page
    assert "退款正在登记" in page
