"""Request targets as anybody can write them (F-26): no 500, and no way to another site."""

from typing import Final

from tests.security.fuzzing.gateway_in_memory import Gateway

INSTRUMENTED: Final = ("gateway",)

SEEDS: Final = (
    b"/?language=en",
    b"//evil.example/?language=en",
    b"/%2fevil.example/%2e%2e?language=en",
    b"/\\evil.example/?language=en&page=2",
    b"/v1/sessions/2026-10/gates?pageToken=abc&pageSize=-1",
    b"/v1/sessions/x/questionnaire:submit",
    b"/orders/%00/refresh?x=%ff",
    b"http://evil.example/login",
    b"*",
)

GATEWAY: Final = Gateway()


def run(data: bytes) -> None:
    GATEWAY.answer(b"GET " + data + b" HTTP/1.1\r\nhost: zikao.example\r\nconnection: close\r\n\r\n")
