"""Everything that is held about oneself as one archive (ID-20), made while it is sent."""

from collections.abc import AsyncIterator
from html import escape
from itertools import chain
from typing import Any, Final

from google.protobuf.descriptor import MethodDescriptor
from starlette.responses import Response
from zikao.common.v1 import personal_data_pb2

from chassis.errors import Refusal
from gateway.contracts.rpcs import process_of
from gateway.http.zip_stream import zipped
from gateway.portal.own_candidate import ME
from gateway.web.form import BLANK, Form
from gateway.web.page_request import Page

Request = personal_data_pb2.ExportOwnDataRequest
FIRST: Final = "identity"
"""The service that asks for a fresh proof, and counts."""


async def show(page: Page, form: Form = BLANK) -> Response:
    """What the archive holds, and the form."""
    return page.render("portal/own_data.html", form=form)


async def export(page: Page) -> Response:
    """The archive: a folder for each service, and a page to begin with."""
    rpcs = sorted(page.site.services.taking(Request), key=lambda rpc: process_of(rpc) != FIRST)
    pieces = page.watch_rpc(rpcs[0], Request(candidate_id=ME))
    try:
        first = await anext(pieces)  # what is refused is refused here, before the file has begun
    except Refusal as refusal:
        return await show(page, page.refused(BLANK, refusal))
    return page.stream(zipped(_files(page, rpcs, first, pieces)), "application/zip", "zikao-own-data.zip")


async def _files(
    page: Page, rpcs: list[MethodDescriptor], first: Any, pieces: AsyncIterator[Any]
) -> AsyncIterator[tuple[str, bytes]]:
    """The pieces of all services' files by their names in the archive, and last the page that leads to them."""
    names = [name := f"{process_of(rpcs[0])}/{first.file_name}"]
    yield name, first.content
    for service, part in chain([(process_of(rpcs[0]), pieces)], _rest(page, rpcs[1:])):
        async for piece in part:
            name = f"{service}/{piece.file_name}"
            if name != names[-1]:
                names.append(name)
            yield name, piece.content
    yield "index.html", _index(page, names).encode()


def _rest(page: Page, rpcs: list[MethodDescriptor]) -> Any:
    return ((process_of(rpc), page.watch_rpc(rpc, Request(candidate_id=ME))) for rpc in rpcs)


def _index(page: Page, names: list[str]) -> str:
    """A page that needs nothing but a browser."""
    title, what = (
        page.say("我的资料", "My data"),
        page.say(
            "以下文件是自考报名系统保存的关于您的全部资料，按服务与数据表分开。JSON 文件可用文本编辑器打开。",
            "These files are everything that the registration of self-study examinations holds about you, by service "
            "and table. JSON files open in any text editor.",
        ),
    )
    links = "".join(f'<li><a href="{escape(name)}">{escape(name)}</a></li>\n' for name in names)
    return (
        f'<!doctype html>\n<html lang="{page.language.value}">\n<meta charset="utf-8">\n<title>{title}</title>\n'
        f"<h1>{title}</h1>\n<p>{what}</p>\n<ul>\n{links}</ul>\n</html>\n"
    )
