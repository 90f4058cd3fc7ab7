"""The register over HTTP: people are put in by whoever plays with the sandbox, and asked about by the suite (ID-7)."""

import asyncio
import base64
import binascii
import sqlite3
from typing import Final

from pydantic import Field
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.faults.active_faults import ActiveFaults, with_fault
from sandbox.faults.fault_table import FaultTarget
from sandbox.register.portrait_comparison import THRESHOLD, ComparablePortrait, portrait_unreadable
from sandbox.storage.store import Store
from sandbox.web.refusals import unreadable
from sandbox.web.requests_and_answers import Body, Json, answer, body_of, parsed

LONGEST_NAME: Final = 100
LONGEST_NUMBER: Final = 40


class NewPerson(Body):
    """`PUT /register/persons/{document_number}` as JSON."""

    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    portrait_base64: str


class MatchQuestion(Body):
    """`POST /register/match`."""

    document_number: str = Field(min_length=1, max_length=LONGEST_NUMBER)
    name: str = Field(max_length=LONGEST_NAME)
    portrait_base64: str


def register_routes(store: Store, faults: ActiveFaults) -> list[Route]:
    """The addresses."""

    async def put(request: Request) -> Response:
        name, portrait = await _person(request)
        await enter(store, request.path_params["document_number"], name, portrait)
        return Response(status_code=204)

    async def match(request: Request) -> Response:
        question = parsed(MatchQuestion, await body_of(request))
        fault = await faults.exchange(FaultTarget.REGISTER, question.document_number)
        shown = await asyncio.to_thread(ComparablePortrait.of, _decoded(question.portrait_base64))
        known = await store.do(lambda connection: _find(connection, question.document_number, question.name))
        return await with_fault(fault, answer(_verdict(shown, known)))

    return [
        Route("/register/match", match, methods=["POST"]),
        Route("/register/persons/{document_number}", put, methods=["PUT"]),
    ]


async def enter(store: Store, number: str, name: str, portrait: bytes) -> None:
    """Puts a person into the register, in place of the one before of that number. Raises Refused."""
    for field, text, longest in (("document_number", number, LONGEST_NUMBER), ("name", name, LONGEST_NAME)):
        if not 0 < len(text) <= longest:
            raise unreadable(field)
    likeness = await asyncio.to_thread(ComparablePortrait.of, portrait)
    await store.do(lambda connection: _put(connection, number, name, likeness))


async def enter_from_form(store: Store, request: Request) -> None:
    """As `enter`, from the page's form."""
    async with request.form(max_files=1, max_fields=4) as form:
        await enter(store, _field(form, "document_number"), _field(form, "name"), await _file(form, "portrait"))


async def _person(request: Request) -> tuple[str, bytes]:
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        person = parsed(NewPerson, await body_of(request))
        return person.name, _decoded(person.portrait_base64)
    async with request.form(max_files=1, max_fields=4) as form:
        return _field(form, "name"), await _file(form, "portrait")


def _field(form: FormData, name: str) -> str:
    value = form.get(name)
    if not isinstance(value, str):
        raise unreadable(name)
    return value.strip()


async def _file(form: FormData, name: str) -> bytes:
    value = form.get(name)
    if not isinstance(value, UploadFile):
        raise unreadable(name)
    return await value.read()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise portrait_unreadable() from error


def _verdict(shown: ComparablePortrait, known: ComparablePortrait | None) -> Json:
    if known is None:
        return {"result": "UNKNOWN_PERSON", "similarity": 0.0, "threshold": THRESHOLD}
    similarity = shown.similarity(known)
    result = "MATCH" if similarity >= THRESHOLD else "MISMATCH"
    return {"result": result, "similarity": similarity, "threshold": THRESHOLD}


def _put(connection: sqlite3.Connection, number: str, name: str, likeness: ComparablePortrait) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO persons (document_number, name, likeness) VALUES (?, ?, ?)",
        (number, name, likeness.points),
    )


def _find(connection: sqlite3.Connection, number: str, name: str) -> ComparablePortrait | None:
    """The likeness of a person of that number and name; the register says no more."""
    row = connection.execute(
        "SELECT likeness FROM persons WHERE document_number = ? AND name = ?", (number, name)
    ).fetchone()
    return None if row is None else ComparablePortrait(row["likeness"])
