"""Gives a repeated request its first answer (AIP-155, F-10).

Needed where a contract leaves `idempotency_level` unset and its request has a `request_id`. Everywhere else a
repetition is harmless by itself: the RPC changes nothing, or a natural key in the request makes it so.
"""

import asyncio
from collections.abc import Coroutine
from hashlib import sha256
from typing import Final

from google.protobuf.descriptor_pb2 import MethodOptions
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from chassis.call_context import Call
from chassis.postgres.kept_answers import KeptAnswers, RequestKey
from chassis.process.background_tasks import BackgroundTasks
from chassis.rpc.server.interceptors.interceptor import Handler, Method

REQUEST_ID: Final = "request_id"
CANDIDATE_ID: Final = "candidate_id"
LEFT_ALONE_SECONDS: Final = 2.0
"""How long a request goes on whose caller has left; shorter than a repetition waits for it."""


class NowhereToKeepAnswers(Exception):
    """A contract promises replays of first answers and its server has nowhere to keep them; it must not start."""

    def __init__(self, method: Method) -> None:
        super().__init__(
            f"{method.path} leaves its idempotency_level unset and has a request_id, so its first answers are kept; "
            "this server has no database to keep them in: give it one, or declare NO_SIDE_EFFECTS or IDEMPOTENT."
        )


class IdempotencyInterceptor:
    """The innermost interceptor: only an admitted, valid request may take a request id."""

    def __init__(self, answers: KeptAnswers | None) -> None:
        self._answers = answers
        self._runs = BackgroundTasks()

    def wrap(self, method: Method, handler: Handler) -> Handler:
        """The handler, run once for each request id; itself where the contract needs no such thing."""
        if not needs_kept_answer(method):
            return handler
        if self._answers is None:
            raise NowhereToKeepAnswers(method)
        answers, path = self._answers, method.path
        response_type = GetMessageClass(method.descriptor.output_type)

        async def run(request: Message, call: Call, key: RequestKey) -> Message:
            first = await answers.claim(key)
            if first is not None:
                return response_type.FromString(first)
            try:
                response = await handler(request, call)
            except BaseException:
                await answers.abandon(key)
                raise
            assert response is not None
            about = getattr(response, CANDIDATE_ID, "") or getattr(request, CANDIDATE_ID, "")
            await answers.complete(key, response.SerializeToString(), candidate_id=about)
            return response

        async def once(request: Message, call: Call) -> Message | None:
            key = _key_of(request, call, path)
            return await (handler(request, call) if key is None else self._whole(run(request, call, key)))

        return once

    async def _whole(self, work: Coroutine[None, None, Message]) -> Message:
        """Runs a request that has an id. When its caller leaves, because a gateway died or a deadline passed, what was
        begun gets a moment to come to its end: whoever asks again under the same id finds the answer, not half of the
        work.
        """
        run = self._runs.start(work)
        try:
            return await asyncio.shield(run)
        except asyncio.CancelledError:
            asyncio.get_running_loop().call_later(LEFT_ALONE_SECONDS, run.cancel)
            raise


def needs_kept_answer(method: Method) -> bool:
    """Whether the contract of `method` leaves it to the chassis to make repetitions harmless."""
    unset = method.descriptor.GetOptions().idempotency_level == MethodOptions.IDEMPOTENCY_UNKNOWN
    return unset and not method.streams and REQUEST_ID in method.descriptor.input_type.fields_by_name


def _key_of(request: Message, call: Call, path: str) -> RequestKey | None:
    request_id: str = getattr(request, REQUEST_ID)
    if not request_id:
        return None
    caller = f"{call.principal.kind.value} {call.principal.subject_id}" if call.principal else ""
    return RequestKey(caller, path, request_id, sha256(request.SerializeToString(deterministic=True)).digest())
