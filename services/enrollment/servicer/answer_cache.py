"""Answers about the catalogue, made once and kept until it changes: at the rush everybody reads the same few."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final, TypeVar

from google.protobuf.message import Message

from services.enrollment.domain.catalogue import Catalogue

Answer = TypeVar("Answer", bound=Message)

MOST_KEPT: Final = 512
"""More than the plans and timetables there are; what is asked for least recently goes first."""


class AnswerCache:
    """By request, for one revision of the catalogue."""

    def __init__(self) -> None:
        self._revision = -1
        self._kept: OrderedDict[Hashable, Message] = OrderedDict()

    def of(
        self, catalogue: Catalogue, request: Message, make: Callable[[], Answer], *, beside: Hashable = None
    ) -> Answer:
        """The answer to a request; `beside` is what it depends on apart from the catalogue, such as the day.

        It is shared: whoever gets it sends it and does not change it.
        """
        if self._revision != catalogue.revision:
            self._revision = catalogue.revision
            self._kept.clear()
        key = type(request), request.SerializeToString(deterministic=True), beside
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = make()
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return kept  # type: ignore[return-value]  # made for a request of this type
