"""Signs the page tokens of every list, so that nobody can make one up, alter one, or use one elsewhere (F-26).

A token belongs to its RPC, to the filter it was given for, and to who asked. What it says is the list's own business
(`chassis.rpc.paging`); here it is put beside a code over all of that, and taken off again before the list reads it. The
page's size may change from page to page.
"""

import base64
import binascii
import hashlib
import hmac
from typing import Any, Final

from google.protobuf.message import Message

from chassis.call_context import Call
from chassis.rpc.paging import not_of_this_list
from chassis.rpc.server.interceptors.interceptor import Handler, Method

ASKED: Final = "page_token"
GIVEN: Final = "next_page_token"
NOT_OF_THE_FILTER: Final = (ASKED, "page_size")
CODE_BYTES: Final = 16


class PageTokenInterceptor:
    """Signs with a key that all replicas of a service have in common."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def wrap(self, method: Method, handler: Handler) -> Handler:
        """The handler of a list, which sees only tokens that were given for the same question; any other handler as it
        is.
        """
        asks = ASKED in method.descriptor.input_type.fields_by_name
        if not asks or GIVEN not in method.descriptor.output_type.fields_by_name:
            return handler
        path = method.path

        async def listed(request: Any, call: Call) -> Message | None:
            question = self._question(path, request, call)
            if request.page_token:
                request.page_token = self._opened(request.page_token, question)
            answer: Any = await handler(request, call)
            if answer is not None and answer.next_page_token:
                answer.next_page_token = self._signed(answer.next_page_token, question)
            return answer  # type: ignore[no-any-return]

        return listed

    def _question(self, path: str, request: Message, call: Call) -> bytes:
        """What a token belongs to: the RPC, who asks, and the filter."""
        asked = type(request)()
        asked.CopyFrom(request)
        for name in NOT_OF_THE_FILTER:
            asked.ClearField(name)
        who = f"{call.principal.kind.value} {call.principal.subject_id}" if call.principal else ""
        return b"\0".join((path.encode(), who.encode(), asked.SerializeToString(deterministic=True)))

    def _code(self, token: bytes, question: bytes) -> bytes:
        said = len(token).to_bytes(4, "big") + token + question
        return hmac.new(self._key, said, hashlib.sha256).digest()[:CODE_BYTES]

    def _signed(self, token: str, question: bytes) -> str:
        return base64.urlsafe_b64encode(self._code(token.encode(), question) + token.encode()).decode()

    def _opened(self, signed: str, question: bytes) -> str:
        """What the list itself wrote. Raises InvalidRequest."""
        try:
            opened = base64.b64decode(signed.encode("ascii"), altchars=b"-_", validate=True)
            code, token = opened[:CODE_BYTES], opened[CODE_BYTES:]
            if hmac.compare_digest(code, self._code(token, question)):
                return token.decode()
        except (ValueError, binascii.Error):
            pass
        raise not_of_this_list()
