"""Importing enrolled candidates (在籍考生): the whole file is checked, and only when no line is bad is it applied, from
the same copy; the page is written while the work goes on, so that it shows how far it is (ID-3, OP-1).
"""

import asyncio
import io
import shutil
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from typing import IO, Any, Final

from starlette.responses import Response

from chassis.errors import InternalError, Refusal
from chassis.imports.enrolled_batches import Tally, batches, import_batch
from chassis.imports.enrolled_file import ENCODING, Line, Unreadable, lines_in
from chassis.imports.enrolled_survey import Survey, survey
from chassis.telemetry.logs import get_logger
from gateway.operation.grpc_importer import OperatorImporter
from gateway.web.form import BLANK, Form
from gateway.web.page_request import Page

_log = get_logger(__name__)

MOST_BYTES: Final = 32 * 1024 * 1024
"""Of one file: some 300,000 candidates. It lies on disk while it is worked on, and a batch of it in memory."""
SHOWN_FAULTS: Final = 200
MARK: Final = "<!-- the work -->"


async def show(page: Page, form: Form = BLANK) -> Response:
    """The form."""
    return page.render("operation/candidates.html", form=form)


async def take(page: Page) -> Response:
    """Checks the file; applies it when that was asked for and no line is bad."""
    upload = page.upload("file")
    if upload is None:
        return await _wrong(page, "请选择要导入的文件", "Choose the file to import")
    if (upload.size or 0) > MOST_BYTES:
        return await _wrong(page, "文件超过 32 MB，请分成几个文件", "The file is larger than 32 MB; split it")
    copy: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # closed when the page has been written
    await asyncio.to_thread(shutil.copyfileobj, upload.file, copy)
    try:
        looked_through = await asyncio.to_thread(_survey, copy)
    except Unreadable as unreadable:
        copy.close()
        return await _wrong(page, f"文件{unreadable.zh}", f"The file {unreadable.en}")
    pieces = _page(page, copy, looked_through, wanted=page.form()["then"] == "import")
    return page.stream(pieces, "text/html")


async def _page(page: Page, copy: IO[bytes], looked_through: Survey, *, wanted: bool) -> AsyncIterator[str]:
    count = looked_through.count
    begin, _, end = _part(page, "page", mark=MARK, count=count).partition(MARK)
    yield begin
    try:
        checked = Tally()
        async with aclosing(_pass(page, copy, looked_through, dry_run=True)) as check:
            async for checked in check:
                yield _part(page, "progress", done=checked.lines, count=count, applying=False)
        applied = None
        if wanted and not checked.faults:
            async with aclosing(_pass(page, copy, looked_through, dry_run=False)) as work:
                async for applied in work:
                    yield _part(page, "progress", done=applied.lines, count=count, applying=True)
        yield _part(page, "result", checked=checked, applied=applied, most=SHOWN_FAULTS)
    except Refusal as refusal:
        yield _part(page, "interrupted", message=refusal.message(page.language.value))
    except Exception:  # the page has begun: it can only be ended well
        _log.exception("unexpected error")
        yield _part(page, "interrupted", message=InternalError().message(page.language.value))
    finally:
        copy.close()
    yield end


async def _pass(page: Page, copy: IO[bytes], looked_through: Survey, *, dry_run: bool) -> AsyncGenerator[Tally, None]:
    """Goes through the file once and tells how far it is; nothing for an empty one."""
    together, importer = Tally(), OperatorImporter(page)
    with _lines(copy) as lines:
        for batch in batches(looked_through.marked(lines)):
            together += await import_batch(batch, importer, dry_run=dry_run)
            yield together


def _survey(copy: IO[bytes]) -> Survey:
    with _lines(copy) as lines:
        return survey(lines)


@contextmanager
def _lines(copy: IO[bytes]) -> Iterator[Iterator[Line]]:
    copy.seek(0)
    text = io.TextIOWrapper(copy, encoding=ENCODING, newline="")
    try:
        yield lines_in(text)
    finally:
        text.detach()


def _part(page: Page, name: str, **shown: Any) -> str:
    return page.text(f"operation/candidates_{name}.html", **shown)


async def _wrong(page: Page, zh: str, en: str) -> Response:
    return await show(page, page.mend(Form({"file": ""}), "file", zh, en))
