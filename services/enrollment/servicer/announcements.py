"""AnnouncementService: parse, call the use case, map."""

from datetime import datetime
from functools import partial

from zikao.enrollment.v1 import announcement_service_pb2 as pb
from zikao.enrollment.v1 import announcement_service_pb2_grpc

from chassis.rpc.paging import Listing
from chassis.rpc.server.rpc_handlers import Context
from services.enrollment.dependencies import Dependencies
from services.enrollment.domain.announcements import Announcement
from services.enrollment.mapping import announcements as mapping
from services.enrollment.usecases.administration import announcements


class AnnouncementServicer(announcement_service_pb2_grpc.AnnouncementServiceServicer):
    """What operators tell everybody, or some of them."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def ListAnnouncements(
        self, request: pb.ListAnnouncementsRequest, context: Context
    ) -> pb.ListAnnouncementsResponse:
        found = await announcements.list_announcements(self._deps, mapping.readership(request))
        return pb.ListAnnouncementsResponse(announcements=map(mapping.announcement_message, found))

    async def ListPublishedAnnouncements(
        self, request: pb.ListPublishedAnnouncementsRequest, context: Context
    ) -> pb.ListPublishedAnnouncementsResponse:
        listing = Listing((datetime, str), _by_age)
        page = await listing.page(request, partial(announcements.list_published, self._deps))
        return pb.ListPublishedAnnouncementsResponse(
            announcements=map(mapping.announcement_message, page.items), next_page_token=page.next_page_token
        )

    async def CreateAnnouncement(self, request: pb.CreateAnnouncementRequest, context: Context) -> pb.Announcement:
        wanted = mapping.new_announcement(request.announcement, self._deps.clock.now())
        return mapping.announcement_message(await announcements.publish_announcement(self._deps, wanted))

    async def WithdrawAnnouncement(self, request: pb.WithdrawAnnouncementRequest, context: Context) -> pb.Announcement:
        return mapping.announcement_message(
            await announcements.withdraw_announcement(self._deps, request.announcement_id)
        )


def _by_age(one: Announcement) -> tuple[datetime, str]:
    return one.create_time, one.announcement_id
