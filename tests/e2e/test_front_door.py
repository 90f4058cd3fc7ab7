"""What strangers send to the running gateway, slow, many or odd (GW-6, F-26, F-29)."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final
from urllib.parse import urlsplit

import httpx
import pytest

from cli.journey.steps.candidate_steps import Candidate
from tests.e2e.suite_process import SuiteProcess
from tests.support.wait_until import PATIENCE_SECONDS, block_until

ELSEWHERE: Final = "127.0.0.2"
"""An address of this machine that no gateway trusts as a proxy."""

CONNECTIONS: Final = 800
"""More than one source may have."""

HALF_A_REQUEST: Final = b"POST /v1/login-sessions HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nx"


@contextmanager
def opened(suite: SuiteProcess, count: int, sent: bytes) -> Iterator[list[socket.socket]]:
    """So many connections from elsewhere, on each of which something is sent."""
    gateway = urlsplit(suite.gateway_url)
    with ExitStack() as stack:
        connections = []
        for _ in range(count):
            one = socket.create_connection((gateway.hostname, gateway.port or 80), source_address=(ELSEWHERE, 0))
            connections.append(stack.enter_context(one))
            one.sendall(sent)
        yield connections


def test_who_opens_many_connections_and_sends_half_a_request_keeps_nobody_out(  # GW-6, F-29
    suite: SuiteProcess,
) -> None:
    with opened(suite, CONNECTIONS, HALF_A_REQUEST) as connections:
        for source in (ELSEWHERE, None):
            transport = httpx.HTTPTransport(local_address=source)
            with httpx.Client(transport=transport, timeout=PATIENCE_SECONDS, trust_env=False) as client:
                assert client.get(f"{suite.gateway_url}/v1/sessions").status_code == 200
                assert client.get(f"{suite.gateway_url}/login").status_code == 200
        assert block_until(lambda: _ended(connections[0])), "the oldest made room for the newest"


def _ended(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


async def test_a_body_of_very_many_values_is_refused_unread(candidate: Candidate) -> None:  # GW-6, F-29
    caller = candidate.caller
    sent = b'{"answers":[' + b"{}," * 348_000 + b'{"choice":5}]}'
    headers = {"authorization": f"Bearer {caller.token}", "content-type": "application/json"}
    path = f"{caller.base_url}/v1/sessions/2026-10/questionnaire:submit"
    answer = await caller.http.post(path, content=sent, headers=headers)
    assert (answer.status_code, answer.json()["reason"]) == (400, "TOO_MANY_VALUES")


@pytest.mark.parametrize(
    ("request_line", "headers", "body", "statuses"),
    [
        ("POST /login", "content-type: multipart/form-data", b"x", {400}),
        ("POST /login", "content-type: multipart/form-data; boundary=b", b"x", {400}),
        ("POST /login", "content-type: application/x-www-form-urlencoded", b"a=1&" * 201, {400}),
        ("POST /login", "cookie: zikao_access=" + "[" * 4000 + "; zikao_refresh=\xff; \x80=\x80", b"", {403}),
        ("GET /", "cookie: zikao_access=a." + "W1tb" * 2000 + ".c", b"", {200, 303}),
        ("GET //evil.example/?language=en", "", b"", {303, 404}),
        ("GET /%2fevil.example/?language=en", "", b"", {303, 404}),
        ("GET /%ff%00%c3?language=en&%ff=%00", "", b"", {303, 404}),
        ("GET /v1/courses/%ff", "", b"", {400}),
        ("GET /v1/courses/%00", "", b"", {400, 404}),
        ("GET /v1/sessions?%ff=%fe", "", b"", {400}),
        ("GET /v1/sessions?" + "a=1&" * 300, "", b"", {400}),
        ("GET /v1/sessions", "accept-language: \xff;q=nan, en;q=1e999", b"", {200}),
        ("GET /v1/sessions", "traceparent: 00-\xa0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", b"", {200}),
        ("GET /login", "traceparent: 00-\xa0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", b"", {200}),
        ("GET /v1/sessions", "x-request-timeout: " + "9" * 5000, b"", {200}),
        ("GET /v1/sessions", "x-request-timeout: nan", b"", {400}),
        ("POST /v1/payment-notifications/sandbox", "x-sandbox-a!: 1", b"{}", {400, 401, 403}),
        ("POST /v1/payment-notifications/sandbox", "x-sandbox-b-bin: \xff", b"{}", {400, 401, 403}),
        ("POST /v1/login-sessions", "content-type: application/json", b'{"loginName":' + b"9" * 5000 + b"}", {400}),
        ("POST /v1/login-sessions", "content-type: application/json", b'{"loginName":"\xff"}', {400}),
        ("POST /v1/login-sessions", "content-type: application/json", b'{"loginName":"\\ud800"}', {400}),
        ("POST /v1/login-sessions", "content-type: application/json", b"[" * 5000, {400}),
        ("GET /v1/candidates/me", "authorization: Bearer " + "a" * 20_000, b"", {401}),
        ("GET /v1/candidates/me", "authorization: Bearer \xff", b"", {401}),
        ("TRACE /login", "", b"", {405}),
        ("OPTIONS *", "", b"", {400, 404, 405}),
        ("GET http://evil.example//evil.example", "", b"", {404}),
    ],
)
async def test_bad_bytes_are_refused_with_a_place_and_lead_nowhere_else(  # F-26
    suite: SuiteProcess, request_line: str, headers: str, body: bytes, statuses: set[int]
) -> None:
    gateway = urlsplit(suite.gateway_url)
    reader, writer = await asyncio.open_connection(gateway.hostname, gateway.port)
    lines = [f"{request_line} HTTP/1.1", "host: localhost", f"content-length: {len(body)}", "connection: close"]
    writer.write("\r\n".join([*lines, *([headers] if headers else []), "", ""]).encode("latin-1") + body)
    async with asyncio.timeout(PATIENCE_SECONDS):
        answer = (await reader.read()).decode("utf-8", "replace")
    writer.close()
    assert int(answer.split()[1]) in statuses, answer[:2000]
    assert "location: //" not in answer
    assert "evil" not in answer.partition("\r\n\r\n")[0]
