"""PaperService: parse, call the use case, map."""

from zikao.enrollment.v1 import paper_service_pb2 as pb
from zikao.enrollment.v1 import paper_service_pb2_grpc

from chassis.call_context import caller, current_call
from chassis.rpc.server.rpc_handlers import Context
from services.enrollment.dependencies import Dependencies
from services.enrollment.mapping import papers as mapping
from services.enrollment.usecases import papers


class PaperServicer(paper_service_pb2_grpc.PaperServiceServicer):
    """Papers that can be checked by anybody."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def IssuePaper(self, request: pb.IssuePaperRequest, context: Context) -> pb.Paper:
        about = request.registration_id, request.session_id, mapping.paper_kind(request.kind)
        return mapping.paper_message(await papers.issue_paper(self._deps, caller().subject_id, *about))

    async def ListPapers(self, request: pb.ListPapersRequest, context: Context) -> pb.ListPapersResponse:
        found = await papers.list_papers(self._deps, caller().subject_id)
        return pb.ListPapersResponse(papers=map(mapping.paper_message, found))

    async def GetPaper(self, request: pb.GetPaperRequest, context: Context) -> pb.Paper:
        return mapping.paper_message(await papers.get_paper(self._deps, caller().subject_id, request.paper_id))

    async def CheckPaper(self, request: pb.CheckPaperRequest, context: Context) -> pb.PaperCheck:
        call = current_call()
        found = await papers.check_paper(self._deps, request.check_code, call.source if call else "")
        return mapping.paper_check_message(found)
