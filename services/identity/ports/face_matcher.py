"""The police register (公安人像比对, ID-7)."""

from dataclasses import dataclass, field
from typing import Protocol

from services.identity.domain.documents import Document
from services.identity.domain.identity_checks import RegisterAnswer


@dataclass(frozen=True, slots=True)
class RegisterQuestion:
    """What the register compares."""

    document: Document
    name: str = field(repr=False)
    portrait: bytes = field(repr=False)


class FaceMatcher(Protocol):
    """Compares a portrait with the one that the police have of the person."""

    async def match(self, question: RegisterQuestion) -> RegisterAnswer:
        """What the register says. Raises RegisterUnavailable when it says nothing in time, or nothing that makes sense
        (F-18).
        """
        ...
