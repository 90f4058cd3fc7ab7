"""Portraits and proofs: checked, kept, compared (ID-6, ID-7)."""

from dataclasses import dataclass, field
from typing import Protocol

from services.identity.domain.candidate import Answer
from services.identity.domain.documents import Document
from services.identity.domain.photos import Inspection


class PhotoChecker(Protocol):
    """Looks at uploaded photos and normalises them. Raises Overloaded when too many wait."""

    async def inspect(self, upload: bytes) -> Inspection:
        """What the upload is, and the normalised photo where it can be had."""
        ...


class ProofImages(Protocol):
    """Checks and re-encodes proof images. Raises Overloaded when too many wait."""

    async def checked(self, upload: bytes) -> bytes:
        """The image as JPEG without metadata. Raises ImageRefused."""
        ...


class BlobStore(Protocol):
    """Keeps images outside the database (RE-3), unreadable without the service's key."""

    async def put(self, key: str, content: bytes) -> None:
        """Keeps an image."""
        ...

    async def get(self, key: str) -> bytes:
        """The image. Raises NotFound."""
        ...

    async def delete(self, key: str) -> None:
        """Removes an image; one that is gone is no error."""
        ...


@dataclass(frozen=True, slots=True)
class Likeness:
    """What the register compares."""

    document: Document
    name: str = field(repr=False)
    portrait: bytes = field(repr=False)


class FaceMatcher(Protocol):
    """The police register (公安人像比对, ID-7)."""

    async def match(self, likeness: Likeness) -> Answer:
        """What the register says. Raises RegisterUnavailable when it says nothing in time, or nothing that makes sense
        (F-18).
        """
        ...
