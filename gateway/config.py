"""What the gateway can be told, beside what every process can (`ZIKAO_SERVER__PORT`, `ZIKAO_PEERS__IDENTITY`...)."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field, SecretStr

from chassis.config import Group, Networks, ServerConfig, ServiceConfig
from gateway.contracts.rpcs import IMAGE
from gateway.http.front_door.limits import FrontDoorLimits


class Limits(Group):
    """How much and how long."""

    json_bytes: int = Field(default=1024 * 1024, gt=0, description="of a JSON body")
    operator_bytes: int = Field(
        default=15 * 1024 * 1024, gt=0, description="of a JSON body that only operators send: imports"
    )
    json_values: int = Field(default=20_000, gt=0, description="in the JSON of a body, however nested")
    operator_values: int = Field(default=1_000_000, gt=0, description="in JSON that only operators send")
    file_bytes: int = Field(default=6 * 1024 * 1024, gt=0, description="of a file")
    call_seconds: float = Field(default=10.0, gt=0, description="for an RPC, unless the caller asks for less or more")
    most_call_seconds: float = Field(default=60.0, gt=0, description="that a caller may ask for")
    stream_seconds: float = Field(default=300.0, gt=0, description="for a stream; the browser opens it anew")
    heartbeat_seconds: float = Field(default=25.0, gt=0, description="between signs of life on a silent stream")
    streams: int = Field(default=12_000, gt=0, description="open at once in this process")


class Contact(Group):
    """Whom people ask (技术咨询): it stands on every page, and pages without any say nothing of it (EN-17)."""

    phone: str = Field(default="", description="the telephone number")
    email: str = Field(default="", description="the e-mail address")
    hours_zh: str = Field(default="", description="when somebody answers, in Chinese")
    hours_en: str = Field(default="", description="the same in English")


class Config(ServiceConfig):
    """The gateway's settings; it has no database, and no key but one for form tokens, by which no service knows it."""

    server: ServerConfig = ServerConfig(port=8080, target_seconds=0.2)
    form_key: SecretStr = Field(
        min_length=64, max_length=64, description="64 hex digits: makes the tokens of forms, alike in every gateway"
    )
    trusted_proxies: Networks = Field(
        default="127.0.0.1", description="networks of proxies whose X-Forwarded-For and -Proto are believed"
    )
    public_origin: str = Field(
        default="http://localhost:8080",
        pattern=r"^https?://[^/]+$",
        description="where browsers find the pages, as papers name it",
    )
    secure_cookies: bool = Field(default=False, description="cookies for https only, even where this process sees http")
    hsts_seconds: int = Field(
        default=31_536_000, ge=0, description="for which browsers that came by https come by nothing else; 0: not said"
    )
    forwarded_prefixes: tuple[str, ...] = Field(
        default=("x-sandbox-", "wechatpay-"), description="headers that go along with a raw body: its signature"
    )
    limits: Limits = Limits()
    front_door: FrontDoorLimits = FrontDoorLimits()
    contact: Contact = Contact()
    readable_for: timedelta = Field(
        default=timedelta(hours=1),
        description="how old the answer of a public read may be that is shown while its service is away",
    )
    contracts: Path = Field(default=IMAGE, description="the descriptor image")
