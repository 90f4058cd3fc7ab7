"""RefundRequestService: parse, call the use case, map."""

from datetime import datetime
from functools import partial

from zikao.enrollment.v1 import catalogue_pb2, refund_request_service_pb2_grpc
from zikao.enrollment.v1 import refund_request_service_pb2 as pb

from chassis.call_context import caller, named_candidate_id
from chassis.rpc.message_mapping import instant_in
from chassis.rpc.paging import Listing
from chassis.rpc.server.rpc_handlers import Context
from chassis.security.tokens import Access
from services.enrollment.dependencies import Dependencies
from services.enrollment.domain.refund_requests import RefundRequest
from services.enrollment.mapping import catalogue as catalogues
from services.enrollment.mapping import refund_requests as mapping
from services.enrollment.usecases import refund_requests


class RefundRequestServicer(refund_request_service_pb2_grpc.RefundRequestServiceServicer):
    """Fees that candidates ask to have back."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def SetRefundRequestDeadline(
        self, request: pb.SetRefundRequestDeadlineRequest, context: Context
    ) -> catalogue_pb2.ExamSession:
        deadline = instant_in(request, "deadline")
        shown = await refund_requests.set_refund_request_deadline(self._deps, request.session_id, deadline)
        return catalogues.shown_session(shown, self._deps.clock.now())

    async def RequestRefund(self, request: pb.RequestRefundRequest, context: Context) -> pb.RefundRequest:
        wanted = request.selection_id, request.reason
        return await self._shown(await refund_requests.request_refund(self._deps, caller().subject_id, *wanted))

    async def ListRefundRequests(
        self, request: pb.ListRefundRequestsRequest, context: Context
    ) -> pb.ListRefundRequestsResponse:
        everybody = caller().kind is Access.OPERATOR and not request.candidate_id
        whose = "" if everybody else named_candidate_id(request.candidate_id)
        listing: Listing[RefundRequest] = Listing((int, datetime, str), lambda one: one.position)
        wanted = partial(refund_requests.list_refund_requests, self._deps, whose, mapping.state(request.state))
        page = await listing.page(request, wanted)
        await refund_requests.note_look(self._deps, page.items, caller())
        shown = [await self._shown(one) for one in page.items]
        return pb.ListRefundRequestsResponse(requests=shown, next_page_token=page.next_page_token)

    async def DecideRefundRequest(self, request: pb.DecideRefundRequestRequest, context: Context) -> pb.RefundRequest:
        wanted = request.selection_id, mapping.decision(request.decision), request.note
        return await self._shown(await refund_requests.decide_refund_request(self._deps, *wanted, caller().subject_id))

    async def _shown(self, request: RefundRequest) -> pb.RefundRequest:
        return mapping.refund_request(await self._deps.catalogue_cache.current(), request)
