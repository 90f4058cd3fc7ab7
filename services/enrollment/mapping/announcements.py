"""Announcements in the contract's terms, and back (EN-17)."""

from datetime import datetime

from zikao.enrollment.v1 import announcement_service_pb2 as pb

from chassis.ids import new_id
from chassis.rpc.message_mapping import message_of
from services.enrollment.domain.announcements import Announcement, AnnouncementKind, Audience, Readership


def announcement_message(announcement: Announcement) -> pb.Announcement:
    """An announcement as its readers see it."""
    return message_of(pb.Announcement, announcement)


def new_announcement(message: pb.Announcement, at: datetime) -> Announcement:
    """What is to be published."""
    return Announcement(
        announcement_id=new_id(),
        kind=AnnouncementKind[pb.Announcement.Kind.Name(message.kind)],
        audience=_audience(message.audience),
        session_id=message.session_id,
        title_zh=message.title_zh,
        title_en=message.title_en,
        body_zh=message.body_zh,
        body_en=message.body_en,
        create_time=at,
    )


def readership(request: pb.ListAnnouncementsRequest) -> Readership:
    """Who reads; everybody where no audience is named."""
    return Readership(_audience(request.audience) if request.audience else Audience.EVERYBODY, request.session_id)


def _audience(value: int) -> Audience:
    return Audience[pb.Announcement.Audience.Name(value)]
