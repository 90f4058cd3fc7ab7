"""Cookies as anybody can write them, on pages, forms and calls (F-26). The first byte chooses."""

from typing import Final

from chassis.security.tokens import Access
from tests.security.fuzzing.gateway_in_memory import Gateway
from tests.support.identity_key import token_of

INSTRUMENTED: Final = ("gateway", "chassis.security.tokens")

REQUESTS: Final = (
    b"GET / HTTP/1.1",
    b"GET /orders HTTP/1.1",
    b"GET /v1/candidates/me HTTP/1.1",
    b"GET /login HTTP/1.1",
)
TOKEN: Final = token_of(Access.CANDIDATE, "0198c0de-0000-7000-8000-000000000001", "0198c0de").encode()
SEEDS: Final = (
    b"\0zikao_access=" + TOKEN + b"; zikao_refresh=x; zikao_csrf=y",
    b"\1__Host-zikao_access=" + TOKEN,
    b"\2zikao_access=a.e30.c; zikao_access=",
    b"\3language=en; ; =; zikao_device=\xff",
)
LINE_ENDS: Final = bytes.maketrans(b"\r\n", b"  ")

GATEWAY: Final = Gateway()


def run(data: bytes) -> None:
    request = REQUESTS[data[0] % len(REQUESTS)] if data else REQUESTS[0]
    cookie = data[1:].translate(LINE_ENDS)
    GATEWAY.answer(request + b"\r\nhost: zikao.example\r\nconnection: close\r\ncookie: " + cookie + b"\r\n\r\n")
