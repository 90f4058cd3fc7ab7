"""Headers as anybody can write them, on calls, pages and notifications (F-26). The first byte chooses."""

from typing import Final

from tests.security.fuzzing.gateway_in_memory import Gateway

INSTRUMENTED: Final = ("gateway", "chassis.call_context", "chassis.rpc.client")

REQUESTS: Final = (
    b"GET /v1/sessions HTTP/1.1",
    b"GET /login HTTP/1.1",
    b"POST /v1/payment-notifications/sandbox HTTP/1.1",
    b"POST /login HTTP/1.1",
    b"GET /v1/orders/1:watch HTTP/1.1",
)
SEEDS: Final = (
    b'\0accept-language: en;q=0.5, zh;q=1\r\nif-none-match: "x"',
    b"\1traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\nx-request-id: a",
    b"\2x-sandbox-a!: 1\r\nx-sandbox-signature-bin: \xff\xfe\r\ncontent-length: 0",
    b"\3content-type: multipart/form-data; boundary=x\r\ncontent-length: 1",
    b"\4authorization: Bearer a.b.c\r\nx-forwarded-for: 10.0.0.1, [::1]\r\nx-forwarded-proto: https",
    b"\0x-forwarded-for: 10\xd2\xcf",
    b"\1x-forwarded-for: fe80::1%\xe9",
    b"\0transfer-encoding: chunked\r\ncontent-length: 5",
)

GATEWAY: Final = Gateway()


def run(data: bytes) -> None:
    request = REQUESTS[data[0] % len(REQUESTS)] if data else REQUESTS[0]
    GATEWAY.answer(request + b"\r\nhost: zikao.example\r\nconnection: close\r\n" + data[1:] + b"\r\n\r\n")
