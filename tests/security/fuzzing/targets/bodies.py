"""Bodies as anybody can send them: JSON of calls, forms of pages, files (F-26, F-29). The first byte chooses."""

from typing import Final

from tests.security.fuzzing.gateway_in_memory import Gateway

INSTRUMENTED: Final = ("gateway", "python_multipart", "starlette.formparsers")

REQUESTS: Final = (
    b"POST /v1/login-sessions HTTP/1.1\r\ncontent-type: application/json",
    b"POST /v1/sessions/2026-10/questionnaire:submit HTTP/1.1\r\ncontent-type: application/json",
    b"POST /login HTTP/1.1\r\ncontent-type: application/x-www-form-urlencoded",
    b"POST /login HTTP/1.1\r\ncontent-type: multipart/form-data; boundary=x",
    b"POST /v1/payment-notifications/sandbox HTTP/1.1\r\ncontent-type: application/json",
    b"PUT /v1/phone-changes/1/proofs/DOCUMENT_FRONT HTTP/1.1\r\ncontent-type: image/jpeg",
)
SEEDS: Final = (
    b'\0{"loginName":"a\\u0000b","password":"\\ud800"}',
    b'\1{"requestId":"1","answers":[{},{"questionId":1e999},{"choices":[null]}]}',
    b"\2login_name=%00&password=%ff&language=en&" + b"a=&" * 20,
    b'\3--x\r\ncontent-disposition: form-data; name="a"; filename="b"\r\n\r\nc\r\n--x--',
    b'\4{"out_trade_no":"a\\u0000"}',
    b"\5\xff\xd8\xff",
)

GATEWAY: Final = Gateway()


def run(data: bytes) -> None:
    request, body = (REQUESTS[data[0] % len(REQUESTS)], data[1:]) if data else (REQUESTS[0], b"")
    length = b"\r\ncontent-length: " + str(len(body)).encode()
    GATEWAY.answer(request + length + b"\r\nhost: zikao.example\r\nconnection: close\r\n\r\n" + body)
