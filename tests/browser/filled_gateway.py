"""A gateway before services that answer everything with something: every page can be looked at, with every list on it
filled, and nothing has to happen first.
"""

import asyncio
import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import uvicorn
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from PIL import Image

from chassis.clock import SystemClock
from chassis.rpc.client import channels
from chassis.security.tokens import Access
from gateway.api.app import Api
from gateway.app import App
from gateway.config import Config
from gateway.contracts.rpcs import Contracts
from gateway.http.form_tokens import FormTokens
from gateway.http.front_door.sources import Sources
from gateway.main import front_door
from gateway.site import SiteContent, site_app
from tests.integration.gateway.answering_services import Answer, Services, answering
from tests.support.free_port import free_port
from tests.support.identity_key import gateways_verifier, token_of

ME: Final = "019a0000-0000-7000-8000-0000000000bb"
AN_ID: Final = "019a0000-0000-7000-8000-0000000000c1"
LOGIN_SESSION: Final = "019a0000-0000-7000-8000-0000000000aa"
AT: Final = 1_790_000_000
DEEPEST: Final = 6

# What texts say where it matters what they say, by the end of the field's name; `文字` elsewhere.
TEXTS: Final = {
    "page_token": "",
    "date": "2026-10-24",
    "session_id": "2026-10",
    "_id": AN_ID,
    "_code": "10269",
    "provider": "sandbox",
    "version": "2",
    "etag": "e1",
    "organisation": "10269",
    "scope": "*",
    "url": "https://example.org/",
    "claimed_by": ME,
}


def access_token(kind: Access) -> str:
    """A token of somebody of a kind."""
    return token_of(kind, ME, LOGIN_SESSION)


def filled_message(kind: Descriptor, depth: int = 0) -> Any:
    """A message in which every field says something, lists twice."""
    message: Any = GetMessageClass(kind)()
    if kind.full_name == "google.protobuf.Timestamp":
        message.FromSeconds(AT)
        return message
    if kind.full_name == "google.api.HttpBody":
        message.content_type, message.data = "image/jpeg", _image()
        return message
    for field in kind.fields:
        if field.containing_oneof and len(field.containing_oneof.fields) > 1:
            continue
        if field.message_type and (depth > DEEPEST or field.message_type.GetOptions().map_entry):
            continue
        _fill(message, field, depth)
    return message


def _fill(message: Any, field: FieldDescriptor, depth: int) -> None:
    if field.message_type:
        value = filled_message(field.message_type, depth + 1)
        if field.is_repeated:
            getattr(message, field.name).extend([value, value])
        else:
            getattr(message, field.name).CopyFrom(value)
        return
    plain = _plain(field)
    if field.is_repeated:
        getattr(message, field.name).append(plain)
    else:
        setattr(message, field.name, plain)


def _plain(field: FieldDescriptor) -> object:
    if field.enum_type:
        return field.enum_type.values[1].number
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        if field.type == FieldDescriptor.TYPE_BYTES:
            return b"x"
        return next((text for end, text in TEXTS.items() if field.name.endswith(end)), "文字")
    return 1 if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL else 3


def _image() -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (48, 64), "#9cf").save(content, "JPEG")
    return content.getvalue()


@dataclass(frozen=True, slots=True)
class FilledGateway:
    """Where the gateway is, and what the services behind it say; a test may have them say something else."""

    url: str
    answers: dict[str, Answer]
    usual: dict[str, Answer]

    def restore(self) -> None:
        """Everything is answered as at the beginning."""
        self.answers.clear()
        self.answers.update(self.usual)


@contextmanager
def filled_gateway(folder: Path) -> Iterator[FilledGateway]:
    """The gateway, for the length of a block, in a thread of its own: Playwright's loop runs in the test's."""
    contracts, port, told = Contracts.load(), free_port(), threading.Event()
    services = Services(contracts)
    ends: list[Callable[[], None]] = []

    def run() -> None:
        asyncio.run(_serve(services, folder, port, told, ends.append))

    thread = threading.Thread(target=run)
    usual = {f"{rpc.name.split('.')[-2]}.{rpc.name.split('.')[-1]}": _answer(rpc) for rpc in contracts.rpcs}
    services.answers.update(usual)
    thread.start()
    assert told.wait(30)
    try:
        yield FilledGateway(f"http://127.0.0.1:{port}", services.answers, usual)
    finally:
        for end in ends:
            end()
        thread.join(30)


def _answer(rpc: Any) -> Answer:
    message: Message = filled_message(rpc.descriptor.output_type)
    if not rpc.streams:
        return message

    async def pieces() -> Any:
        yield message

    return pieces


async def _serve(
    services: Services, folder: Path, port: int, told: threading.Event, ending: Callable[[Callable[[], None]], None]
) -> None:
    form_tokens, config, clock = FormTokens(bytes(32)), Config(form_key="00" * 32), SystemClock()
    door = front_door(config, Sources(config.trusted_proxies), gateways_verifier())
    async with answering(services) as addresses, channels(addresses, signer=None, clock=clock) as peers:
        pages = site_app(SiteContent.of(services.contracts), peers, form_tokens, config, clock, door)
        app = App(Api(services.contracts, peers, form_tokens, config, door), pages, config)
        server = uvicorn.Server(
            uvicorn.Config(app, host="127.0.0.1", port=port, lifespan="off", log_config=None, access_log=False)
        )
        loop = asyncio.get_running_loop()

        def end() -> None:
            loop.call_soon_threadsafe(setattr, server, "should_exit", True)

        ending(end)
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        told.set()
        await serving
