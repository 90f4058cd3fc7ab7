"""The form of a page as it was sent: texts and files, or a refusal of what is no form (F-26)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request

from gateway.errors import MalformedForm
from gateway.http.asgi import ClientGone

MOST_FIELDS: Final = 200
MOST_FIELD_BYTES: Final = 6 * 1024 * 1024

_NOT_A_FORM: Final = (HTTPException, MultiPartException, ValueError, LookupError, AssertionError)
"""What the parser raises for what is none: its own errors are ValueErrors, and so is text in no encoding."""


@asynccontextmanager
async def sent_form(request: Request, *, most_files: int) -> AsyncIterator[FormData]:
    """The form, for the length of a block; its files are on disk until then.

    Raises MalformedForm, ClientGone, and what reading the body raises.
    """
    try:
        form = await request.form(max_files=most_files, max_fields=MOST_FIELDS, max_part_size=MOST_FIELD_BYTES)
    except ClientDisconnect as error:
        raise ClientGone() from error
    except _NOT_A_FORM as error:
        raise MalformedForm(place=_media_type(request)) from error
    try:
        for name, value in form.multi_items():
            if not _is_text(name) or (isinstance(value, str) and not _is_text(value)):
                raise MalformedForm(place=name if _is_text(name) else "name")
        yield form
    finally:
        await form.close()


def _media_type(request: Request) -> str:
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    return kind if kind.isascii() and kind.isprintable() else ""


def _is_text(value: str) -> bool:
    """Whether a text can be written as UTF-8: halves of surrogate pairs, which some encodings hide, cannot."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
