"""Importing catalogue files: checked first, every bad row shown, then applied exactly as checked (EN-1)."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from starlette.responses import Response
from zikao.enrollment.v1 import catalogue_service_pb2

from chassis.errors import Refusal
from gateway.http.carried_files import MOST_BYTES, read, written
from gateway.web.form import BLANK, Form
from gateway.web.page_request import Page

File = catalogue_service_pb2.CatalogueFile
IMPORT_SECONDS: Final = 60.0
FILES: Final = Form({"files": ""})
FILE: Final = "file."
REMOVE: Final = "remove"
_NUMBER: Final = re.compile("[0-9]{1,9}")


async def show(page: Page, form: Form = BLANK) -> Response:
    """The form."""
    return page.render("operation/import.html", form=form)


async def check(page: Page) -> Response:
    """Checks the files and shows what importing them would do; nothing changes."""
    if not page.uploads:
        return await show(page, page.mend(FILES, "files", "请选择要导入的文件", "Choose the files to import"))
    files = [File(name=one.filename or "", content=await one.read()) for one in page.uploads]
    return await _imported(page, files, dry_run=True)


async def apply(page: Page) -> Response:
    """Imports the files that were checked."""
    sent = {name: read(value) for name, value in page.sent.items() if name.startswith(FILE)}
    files = [File(name=name.removeprefix(FILE), content=content) for name, content in sent.items() if content]
    if not files or len(files) < len(sent):
        return page.redirect("/operation/import")
    return await _imported(page, files, dry_run=False, remove=_number(page.sent.get(REMOVE)))


def _number(sent: object) -> int:
    return int(sent) if isinstance(sent, str) and _NUMBER.fullmatch(sent) else 0


async def _imported(page: Page, files: Sequence[File], *, dry_run: bool, remove: int = 0) -> Response:
    request = catalogue_service_pb2.ImportCatalogueRequest(files=files, dry_run=dry_run, remove=remove)
    try:
        done = await page.ask(request, seconds=IMPORT_SECONDS)
    except Refusal as refusal:
        return await show(page, page.refused(FILES, refusal, {"name": "files", "content": "files"}))
    may_apply = dry_run and not done.problems
    carried = _carried(files) if may_apply else {}
    return page.render(
        "operation/imported.html", done=done, may_apply=may_apply, carried=carried, names=[one.name for one in files]
    )


def _carried(files: Iterable[File]) -> dict[str, str]:
    """The checked files as values of hidden inputs; none where they are too large for it."""
    given = list(files)
    if sum(len(one.content) for one in given) > MOST_BYTES:
        return {}
    return {FILE + one.name: written(one.content) for one in given}
