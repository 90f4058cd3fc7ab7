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
