"""The other services, as small as tests need them, over gRPC."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
from grpc_status import rpc_status
from zikao.common.v1 import event_pb2, event_pb2_grpc, personal_data_pb2
from zikao.enrollment.v1 import personal_data_service_pb2_grpc as enrollment_data
from zikao.identity.v1 import events_pb2, resources_pb2
from zikao.payment.v1 import personal_data_service_pb2_grpc as payment_data
from zikao.review.v1 import personal_data_service_pb2_grpc as review_data
from zikao.review.v1 import resources_pb2 as review_pb2
from zikao.review.v1 import review_service_pb2, review_service_pb2_grpc

from chassis.errors import NotFound, Refusal
from chassis.rpc.error_details import to_status
from services.review.errors import MaterialsMissing
from tests.support.grpc_server import grpc_server
from tests.support.wait_until import PATIENCE_SECONDS


class Neighbours(
    event_pb2_grpc.EventReceiverServicer,
    enrollment_data.PersonalDataServiceServicer,
    review_service_pb2_grpc.ReviewServiceServicer,
):
    """Review and enrollment in one: remembers the cases opened and the standings heard; can be away."""

    def __init__(self) -> None:
        self.cases: list[review_service_pb2.OpenCaseRequest] = []
        self.standings: list[resources_pb2.Standing] = []
        self.materials: dict[str, list[review_service_pb2.AddMaterialRequest]] = {}
        self.submissions: dict[str, int] = {}
        self.looks: list[review_service_pb2.AdmitLookRequest] = []
        self.open_to: dict[tuple[str, str], str] = {}
        """The candidate whom a reviewer may look at, by case and reviewer."""
        self.withdrawn: set[str] = set()
        self.erased: list[str] = []
        self.holds: Refusal | None = None
        """Why nobody is erased."""
        self.incomplete = False
        """Whether every case lacks an image that it asks for."""
        self.away = False
        self._news = asyncio.Event()

    async def OpenCase(self, request: review_service_pb2.OpenCaseRequest, context: Any) -> review_pb2.Case:  # noqa: N802
        await self._present(context)
        if request not in self.cases:
            self.cases.append(request)
        self._news.set()
        return review_pb2.Case(case_id=request.case_id, submission=self.submissions.get(request.case_id, 0))

    async def AddMaterial(  # noqa: N802
        self, request: review_service_pb2.AddMaterialRequest, context: Any
    ) -> review_pb2.Material:
        await self._present(context)
        self.materials.setdefault(request.case_id, []).append(request)
        return review_pb2.Material(required_image_id=request.required_image_id)

    async def SubmitCase(  # noqa: N802
        self, request: review_service_pb2.SubmitCaseRequest, context: Any
    ) -> review_pb2.Case:
        await self._present(context)
        if self.incomplete:
            refusal = MaterialsMissing(kinds="DOCUMENT_FRONT")
            await context.abort_with_status(rpc_status.to_status(to_status(refusal)))
        self.submissions[request.case_id] = self.submissions.get(request.case_id, 0) + 1
        self._news.set()
        return review_pb2.Case(case_id=request.case_id)

    async def AdmitLook(  # noqa: N802
        self, request: review_service_pb2.AdmitLookRequest, context: Any
    ) -> review_service_pb2.AdmitLookResponse:
        await self._present(context)
        self.looks.append(request)
        candidate_id = self.open_to.get((request.case_id, request.reviewer_id))
        if candidate_id is None:
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION)
        return review_service_pb2.AdmitLookResponse(candidate_id=candidate_id)

    async def Deliver(self, request: event_pb2.DeliverRequest, context: Any) -> event_pb2.DeliverResponse:  # noqa: N802
        await self._present(context)
        for event in request.events:
            changed = events_pb2.StandingChanged()
            event.payload.Unpack(changed)
            self.standings.append(changed.standing)
        self._news.set()
        return event_pb2.DeliverResponse(accepted_event_ids=[event.event_id for event in request.events])

    async def WithdrawCase(  # noqa: N802
        self, request: review_service_pb2.WithdrawCaseRequest, context: Any
    ) -> review_pb2.Case:
        await self._present(context)
        if request.case_id not in {case.case_id for case in self.cases}:
            await context.abort_with_status(rpc_status.to_status(to_status(NotFound())))
        self.withdrawn.add(request.case_id)
        self._news.set()
        return review_pb2.Case(case_id=request.case_id)

    async def EraseCandidateData(  # noqa: N802
        self, request: personal_data_pb2.EraseCandidateDataRequest, context: Any
    ) -> personal_data_pb2.EraseCandidateDataResponse:
        await self._present(context)
        if self.holds:
            await context.abort_with_status(rpc_status.to_status(to_status(self.holds)))
        self.erased.append(request.candidate_id)
        self._news.set()
        return personal_data_pb2.EraseCandidateDataResponse()

    async def case_withdrawn(self, case_id: str) -> None:
        """Returns as soon as a case was withdrawn."""
        while case_id not in self.withdrawn:
            await self._wait()

    async def _present(self, context: Any) -> None:
        if self.away:
            await context.abort(grpc.StatusCode.UNAVAILABLE)

    async def case_of(self, candidate_id: str) -> review_service_pb2.OpenCaseRequest:
        """The case opened for a candidate, as soon as there is one."""
        while True:
            for case in self.cases:
                if case.candidate_id == candidate_id:
                    return case
            await self._wait()

    async def standing_of(self, candidate_id: str, **values: Any) -> resources_pb2.Standing:
        """The first standing of a candidate with these values, as soon as it was heard."""
        while True:
            for standing in self.standings:
                fits = all(getattr(standing, name) == value for name, value in values.items())
                if standing.candidate_id == candidate_id and fits:
                    return standing
            await self._wait()

    async def submitted(self, subject_id: str, times: int = 1) -> review_service_pb2.OpenCaseRequest:
        """The case about something, as soon as it was submitted so many times."""
        while True:
            for case in self.cases:
                if case.subject_id == subject_id and self.submissions.get(case.case_id, 0) >= times:
                    return case
            await self._wait()

    def versions_of(self, candidate_id: str) -> list[int]:
        """The versions heard of a candidate, in order."""
        return [standing.version for standing in self.standings if standing.candidate_id == candidate_id]

    async def _wait(self) -> None:
        self._news.clear()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._news.wait()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Their address, for the length of a block."""
        async with grpc_server(
            (event_pb2_grpc.add_EventReceiverServicer_to_server, self),
            (review_service_pb2_grpc.add_ReviewServiceServicer_to_server, self),
            (enrollment_data.add_PersonalDataServiceServicer_to_server, self),
            (payment_data.add_PersonalDataServiceServicer_to_server, self),
            (review_data.add_PersonalDataServiceServicer_to_server, self),
        ) as address:
            yield address
