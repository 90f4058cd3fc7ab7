"""What enrollment can be told beside what every service can."""

from pydantic import Field

from chassis.config import Group, ServerConfig, ServiceConfig


class EnrollmentServer(ServerConfig):
    """Where enrollment listens."""

    port: int = 7102
    admin_port: int = 7202


class TicketNumberConfig(Group):
    """The format of ticket numbers (准考证号, ID-9): a prefix and a running number.

    Changing it affects new numbers only.
    """

    prefix: str = Field(default="026", pattern="^[0-9A-Z]{0,8}$")
    digits: int = Field(default=9, ge=4, le=20, description="the running number's least width, filled up with zeros")


class Config(ServiceConfig):
    """Enrollment's configuration."""

    server: ServerConfig = EnrollmentServer()
    ticket_number: TicketNumberConfig = TicketNumberConfig()
    work_waiting: int = Field(
        default=32, ge=0, description="plans to compute and files to read that may wait for a thread; more are refused"
    )
