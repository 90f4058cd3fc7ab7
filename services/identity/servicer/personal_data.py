"""PersonalDataService: parse, call the use case, map."""

from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial
from typing import Any

from zikao.common.v1 import personal_data_pb2
from zikao.identity.v1 import personal_data_service_pb2 as api
from zikao.identity.v1.personal_data_service_pb2_grpc import PersonalDataServiceServicer

from chassis.call_context import caller, own_candidate_id
from chassis.personal_data.export import in_pieces
from chassis.rpc.paging import Listing
from services.identity.dependencies import Dependencies
from services.identity.domain.personal_data.account_erasures import AccountErasure
from services.identity.mapping.account_erasures import erasure_message
from services.identity.usecases.personal_data import account_erasure, own_data_export


class PersonalDataServicer(PersonalDataServiceServicer):
    """Own data, and erasing accounts."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def ExportOwnData(
        self, request: personal_data_pb2.ExportOwnDataRequest, context: Any
    ) -> AsyncIterator[personal_data_pb2.ExportOwnDataResponse]:
        candidate_id, login_session_id = own_candidate_id(request.candidate_id), caller().login_session_id
        async for piece in in_pieces(own_data_export.export_own_data(self._deps, candidate_id, login_session_id)):
            yield piece

    async def EraseAccount(self, request: api.EraseAccountRequest, context: Any) -> api.AccountErasure:
        candidate_id, login_session_id = own_candidate_id(request.candidate_id), caller().login_session_id
        return erasure_message(await account_erasure.erase_own_account(self._deps, candidate_id, login_session_id))

    async def ListAccountErasures(
        self, request: api.ListAccountErasuresRequest, context: Any
    ) -> api.ListAccountErasuresResponse:
        listing: Listing[AccountErasure] = Listing((datetime, str), lambda one: (one.create_time, one.candidate_id))
        page = await listing.page(request, partial(account_erasure.list_erasures, self._deps))
        return api.ListAccountErasuresResponse(
            erasures=map(erasure_message, page.items), next_page_token=page.next_page_token
        )
