"""MessageService: parse, call the use case, map."""

from datetime import datetime
from functools import partial
from typing import Any

from zikao.identity.v1 import message_service_pb2 as api
from zikao.identity.v1.message_service_pb2_grpc import MessageServiceServicer

from chassis.call_context import caller, named_candidate_id, own_candidate_id
from chassis.rpc.paging import Listing
from chassis.security.tokens import Access
from services.identity.dependencies import Dependencies
from services.identity.domain.messages.deliveries import ToldMessage
from services.identity.mapping import messages as mapping
from services.identity.usecases import messages

USUAL_SIZE, LARGEST_SIZE = 20, 100


class MessageServicer(MessageServiceServicer):
    """What candidates are told."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def ListMessages(self, request: api.ListMessagesRequest, context: Any) -> api.ListMessagesResponse:
        candidate_id = named_candidate_id(request.candidate_id)
        if caller().kind is not Access.CANDIDATE:
            await messages.note_look_at_messages(self._deps, candidate_id)
        listing = Listing((datetime, str), _by_age, USUAL_SIZE, LARGEST_SIZE)
        page = await listing.page(request, partial(messages.list_messages, self._deps, candidate_id))
        return api.ListMessagesResponse(
            messages=map(mapping.told_message, page.items),
            next_page_token=page.next_page_token,
            unread_count=await messages.count_unread(self._deps, candidate_id),
        )

    async def MarkMessagesRead(
        self, request: api.MarkMessagesReadRequest, context: Any
    ) -> api.MarkMessagesReadResponse:
        candidate_id, message_ids = own_candidate_id(request.candidate_id), list(request.message_ids)
        unread = await messages.mark_messages_read(self._deps, candidate_id, message_ids)
        return api.MarkMessagesReadResponse(unread_count=unread)

    async def GetMessagePreference(
        self, request: api.GetMessagePreferenceRequest, context: Any
    ) -> api.MessagePreference:
        candidate_id = own_candidate_id(request.candidate_id)
        return mapping.preference_message(await messages.get_message_preference(self._deps, candidate_id))

    async def UpdateMessagePreference(
        self, request: api.UpdateMessagePreferenceRequest, context: Any
    ) -> api.MessagePreference:
        candidate_id, wanted = own_candidate_id(request.candidate_id), mapping.preference_from(request.preference)
        return mapping.preference_message(await messages.choose_message_preference(self._deps, candidate_id, wanted))

    async def ResendMessage(self, request: api.ResendMessageRequest, context: Any) -> api.Message:
        return mapping.told_message(await messages.resend_message(self._deps, request.message_id, request.reason))


def _by_age(told: ToldMessage) -> tuple[datetime, str]:
    return told.message.create_time, told.message.message_id
