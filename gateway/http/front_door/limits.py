"""The settings of the front door (GW-6)."""

from pydantic import Field

from chassis.config import Group


class FrontDoorLimits(Group):
    """How slow, how large and how many: what somebody unknown may ask of a process."""

    header_seconds: float = Field(default=5.0, gt=0, description="for the headers of a request")
    header_bytes: int = Field(default=32 * 1024, gt=0, description="of a request's line and headers")
    body_seconds: float = Field(default=30.0, gt=0, description="for the body of a request")
    body_bytes_per_second: int = Field(
        default=10_000, gt=0, description="that a body must come at, after the first sixth of its time"
    )
    idle_seconds: float = Field(default=75.0, gt=0, description="for which a connection stays open between requests")
    unread_seconds: float = Field(default=30.0, gt=0, description="for which an answer may wait for its reader")
    connections_per_source: int = Field(
        default=512, gt=0, description="open from one IPv4 address or IPv6 /64; trusted proxies may have any number"
    )
    requests_per_source: int = Field(default=512, gt=0, description="under way at once, for one such address")
    requests_per_account: int = Field(default=32, gt=0, description="under way at once")
    streams_per_account: int = Field(default=20, gt=0, description="open at once")
    streams_per_order: int = Field(default=3, gt=0, description="open at once, by one account")
    small_body_bytes: int = Field(
        default=16 * 1024, gt=0, description="of a body that is read for anybody; larger ones are uploads"
    )
    uploads: int = Field(default=64, gt=0, description="under way at once in the process")
    strangers_uploads: int = Field(default=16, gt=0, description="of these, by those who are not logged in")
    uploads_per_source: int = Field(default=4, gt=0, description="of these, from one such address")
    uploads_per_account: int = Field(default=4, gt=0, description="under way at once")
