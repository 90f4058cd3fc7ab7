"""SupportService: parse, call the use case, map."""

from typing import Any

from zikao.identity.v1 import resources_pb2
from zikao.identity.v1 import support_service_pb2 as api
from zikao.identity.v1.support_service_pb2_grpc import SupportServiceServicer

from services.identity.dependencies import Dependencies
from services.identity.domain.candidate_searches import candidate_search
from services.identity.mapping.candidates import Reader, candidate_message
from services.identity.usecases import support


class SupportServicer(SupportServiceServicer):
    """Persons who telephone."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def SearchCandidates(
        self, request: api.SearchCandidatesRequest, context: Any
    ) -> api.SearchCandidatesResponse:
        said = request.number, request.phone, request.display_name, request.last_four
        found = await support.search_candidates(self._deps, candidate_search(*said))
        return api.SearchCandidatesResponse(
            candidates=[candidate_message(one, seen_by=Reader.OPERATOR) for one in found]
        )

    async def EndCandidateLogins(
        self, request: api.EndCandidateLoginsRequest, context: Any
    ) -> api.EndCandidateLoginsResponse:
        ended = await support.end_candidate_logins(self._deps, request.candidate_id, request.reason)
        return api.EndCandidateLoginsResponse(ended=ended)

    async def EndCandidateAccount(
        self, request: api.EndCandidateAccountRequest, context: Any
    ) -> resources_pb2.Candidate:
        ended = await support.end_candidate_account(self._deps, request.candidate_id, request.reason)
        return candidate_message(ended, seen_by=Reader.OPERATOR)
