"""Whether a paper holds, for anybody who has it in hand (EN-18)."""

from starlette.responses import Response
from zikao.enrollment.v1 import paper_service_pb2

from chassis.errors import Code, Refusal
from gateway.web.page_request import Page


async def show(page: Page) -> Response:
    """A form for the code, and what it is the code of. The code on a paper leads here with it filled in."""
    form, found = page.query(), None
    if form["check_code"]:
        try:
            found = await page.ask(page.fill(paper_service_pb2.CheckPaperRequest, form))
        except Refusal as refusal:
            if refusal.code is not Code.NOT_FOUND:
                form = page.refused(form, refusal)
            else:
                zh, en = "没有文件使用这个验证码，请对照文件核对", "No paper bears this code; compare it with the paper"
                form = page.mend(form, "check_code", zh, en)
    return page.render("portal/paper_check.html", form=form, found=found)
