"""PersonalDataService: parse, call the use case, map."""

from collections.abc import AsyncIterator

from zikao.common.v1 import personal_data_pb2
from zikao.payment.v1 import personal_data_service_pb2_grpc

from chassis.call_context import own_candidate_id
from chassis.personal_data.export import in_pieces
from chassis.rpc.server.rpc_handlers import Context
from services.payment.dependencies import Dependencies
from services.payment.usecases.personal_data.candidate_data import erase_candidate_data, export_own_data


class PersonalDataServicer(personal_data_service_pb2_grpc.PersonalDataServiceServicer):
    """What payment does about the personal data that it holds."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def ExportOwnData(
        self, request: personal_data_pb2.ExportOwnDataRequest, context: Context
    ) -> AsyncIterator[personal_data_pb2.ExportOwnDataResponse]:
        async for piece in in_pieces(export_own_data(self._deps, own_candidate_id(request.candidate_id))):
            yield piece

    async def EraseCandidateData(
        self, request: personal_data_pb2.EraseCandidateDataRequest, context: Context
    ) -> personal_data_pb2.EraseCandidateDataResponse:
        await erase_candidate_data(self._deps, request.candidate_id)
        return personal_data_pb2.EraseCandidateDataResponse()
