"""The register of people: it compares, and its faults (ID-7, F-18)."""

import time

import httpx
import pytest

from sandbox.portraits import portrait
from tests.integration.sandbox.unsigned_requests import fault, new_number, reason_of


@pytest.fixture
async def match(http, encoded):
    async def ask(number: str, name: str, seed: int) -> httpx.Response:
        body = {"document_number": number, "name": name, "portrait_base64": encoded(portrait(seed))}
        return await http.post("/register/match", json=body)

    return ask


@pytest.fixture
async def person(http, encoded) -> str:
    """The document number of a registered person, drawn from seed 1."""
    number = new_number()
    body = {"name": "张伟", "portrait_base64": encoded(portrait(1))}
    assert (await http.put(f"/register/persons/{number}", json=body)).status_code == 204
    return number


async def test_the_register_compares(match, person):  # ID-7
    same, other = (await match(person, "张伟", 1)).json(), (await match(person, "张伟", 2)).json()
    assert same["result"] == "MATCH"
    assert same["similarity"] > 0.99 > same["threshold"] > other["similarity"]
    assert other["result"] == "MISMATCH"
    assert (await match(person, "李娜", 1)).json()["result"] == "UNKNOWN_PERSON"
    assert (await match(new_number(), "张伟", 1)).json()["result"] == "UNKNOWN_PERSON"


async def test_a_form_replaces_what_was_registered(http, match, person):
    files = {"portrait": ("portrait.jpg", portrait(2), "image/jpeg")}
    answer = await http.put(f"/register/persons/{person}", data={"name": "张伟"}, files=files)
    assert answer.status_code == 204
    assert (await match(person, "张伟", 2)).json()["result"] == "MATCH"


async def test_what_is_no_portrait_is_refused(http, encoded, person):
    for text in (encoded(b"hello"), "not base64"):
        body = {"document_number": person, "name": "张伟", "portrait_base64": text}
        answer = await http.post("/register/match", json=body)
        assert (answer.status_code, reason_of(answer)) == (422, "PORTRAIT_UNREADABLE")
        answer = await http.put(f"/register/persons/{person}", json={"name": "张伟", "portrait_base64": text})
        assert (answer.status_code, reason_of(answer)) == (422, "PORTRAIT_UNREADABLE")
    assert (await http.put(f"/register/persons/{person}", json={"name": "张伟"})).status_code == 422
    assert (await http.put(f"/register/persons/{person}", data={"name": "张伟"}, files={})).status_code == 422


async def test_the_registers_faults(http, match, person):  # F-18
    await fault(http, person, "register", "OUTAGE", times=1)
    answer = await match(person, "张伟", 1)
    assert (answer.status_code, reason_of(answer)) == (503, "OUTAGE")
    await fault(http, person, "register", "LOST", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        await match(person, "张伟", 1)
    await fault(http, person, "register", "SLOW", seconds=0.5, times=1)
    started = time.monotonic()
    assert (await match(person, "张伟", 1)).json()["result"] == "MATCH"
    assert time.monotonic() - started >= 0.5
