"""What candidates read and accept: notices, pledge, undertaking, in the version in force unless one is named."""

from zikao.enrollment.v1 import catalogue_pb2, catalogue_service_pb2

from chassis.errors import Code, Refusal
from gateway.web.page_request import Page

Kind = catalogue_pb2.Text.Kind


async def published_text(page: Page, kind: "Kind | str", scope: str = "", version: str = "") -> catalogue_pb2.Text:
    """A published text. Raises the service's Refusal, NOT_FOUND where there is none."""
    return await page.ask(catalogue_service_pb2.GetTextRequest(kind=kind, scope=scope, version=version))


async def find_text(page: Page, kind: "Kind | str", scope: str = "", version: str = "") -> catalogue_pb2.Text | None:
    """A published text, or None where there is none."""
    try:
        return await published_text(page, kind, scope, version)
    except Refusal as refusal:
        if refusal.code is not Code.NOT_FOUND:
            raise
        return None
